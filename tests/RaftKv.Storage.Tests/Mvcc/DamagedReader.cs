using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Pages;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>
/// Asks a damaged store itself which keys it can still read, as of one checkpoint. Its list of free pages is left out, as that alone may
/// keep a store from being opened.
/// </summary>
internal sealed class DamagedReader : IDisposable
{
    private readonly MvccStore _store;
    private readonly MvccReadTransaction _view;

    public DamagedReader(byte[] file, long index)
    {
        MetaPage meta = new[] { 0, MetaPage.SlotBytes }.Select(offset => MetaPage.TryRead(file.AsSpan(offset), "store.db", offset))
            .Single(meta => meta?.Marks[MvccMark.AppliedIndex] == index)!;
        var alone = new MetaPage
        {
            PageSizeBytes = meta.PageSizeBytes,
            Sequence = meta.Sequence,
            Transaction = meta.Transaction,
            PageCount = meta.PageCount,
            FreeList = PagePointer.None,
            Trees = meta.Trees,
            Marks = meta.Marks,
        };
        file.AsSpan(0, 2 * MetaPage.SlotBytes).Clear();
        alone.Write(file.AsSpan((int)(meta.Sequence % 2) * MetaPage.SlotBytes));
        var disk = new SimulatedDisk(new SplittableRandom(1));
        disk.WriteFile(MvccStore.FileName, file);
        _store = MvccStore.Open(disk.Root, new MvccOptions { CacheBytes = 1 << 20 });
        _view = _store.BeginRead();
    }

    public bool CanRead(ReadOnlySpan<byte> key)
    {
        try
        {
            return _view.Get(key) is not null;
        }
        catch (StorageCorruptException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _store.Dispose();
    }
}
