using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>The plain tree; checkpointed when 64 MiB have gathered.</summary>
internal sealed class TreePeer(string directory) : LoggedPeer(directory)
{
    private const int PageSizeBytes = 4096;
    private const long CheckpointBytes = 64L << 20;

    private BTreeStore? _store;

    protected override bool CheckpointDue => Store.BytesSinceCheckpoint >= CheckpointBytes;

    protected override bool ShrinkDue => Store.ShrinkDue;

    private BTreeStore Store => _store ??= BTreeStore.Open(Directory, PageSizeBytes, CacheBytes);

    public override long FileBytes() => Store.FileBytes;

    public override long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        using BTreeReadTransaction view = Store.BeginRead();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        Span<byte> value = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            if (view.TryGet(key, value, out _))
                found++;
        }
        return found;
    }

    public override long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        using BTreeReadTransaction view = Store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        long bytes = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            bool found = cursor.SeekAtLeast(key);
            for (int i = 0; i < 100 && found; i++)
            {
                ReadOnlySpan<byte> value = cursor.Value;
                bytes += cursor.Key.Length + value.Length + (value[0] & 0);
                found = cursor.MoveNext();
            }
        }
        return bytes;
    }

    public override long Scan()
    {
        using BTreeReadTransaction view = Store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        long bytes = 0;
        for (bool found = cursor.SeekFirst(); found; found = cursor.MoveNext())
            bytes += cursor.Key.Length + cursor.Value.Length + (cursor.Value[0] & 0);
        return bytes;
    }

    protected override void Apply(ReadOnlySpan<ReadOnlyMemory<byte>> entries, long index)
    {
        using BTreeWriteTransaction transaction = Store.BeginWrite();
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            for (ReadOnlySpan<byte> puts = entry.Span; !puts.IsEmpty; puts = puts[Workload.EntryBytes..])
                transaction.Put(puts[..Workload.KeyBytes], puts[Workload.KeyBytes..Workload.EntryBytes]);
        }
        transaction.Commit();
    }

    protected override void Checkpoint() => Store.Checkpoint();

    protected override bool ShrinkStep() => Store.ShrinkStep();

    protected override void CloseStore() => _store?.Dispose();
}
