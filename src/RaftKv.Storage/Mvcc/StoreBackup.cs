using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// The file as of one checkpoint, readable in any pieces, in any order, again and again: an interrupted copy goes on where it ended.
/// While it is open, the pages of that checkpoint are not used again, so that the file may grow.
/// </summary>
/// <remarks>
/// The copy is a complete store, its damage detectable page by page; <see cref="StoreRestore"/> examines it before it takes effect.
/// Free pages are copied as they are, and as zeros where the file no longer has them.
/// </remarks>
public sealed class StoreBackup : IDisposable
{
    private readonly TreeStore _store;
    private readonly PageReader _reader;
    private readonly byte[] _head = new byte[PageFile.MetaAreaBytes];
    private bool _ended;

    internal StoreBackup(TreeStore store)
    {
        _store = store;
        _reader = store.BeginBackup(out MetaPage meta);
        meta.Write(_head.AsSpan((int)(meta.Sequence % 2) * MetaPage.SlotBytes));
        Length = Math.Max(store.File.OffsetOf(meta.PageCount), PageFile.MetaAreaBytes);
        Position = new StorePosition(meta.Marks[MvccMark.AppliedTerm], meta.Marks[MvccMark.AppliedIndex]);
        Revision = meta.Marks[MvccMark.Revision] + 1;
    }

    /// <summary>Bytes of the copy.</summary>
    public long Length { get; }

    /// <summary>The place in the log that the copy includes.</summary>
    public StorePosition Position { get; }

    /// <summary>The newest revision in the copy.</summary>
    public long Revision { get; }

    /// <summary>Reads a piece.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of the copy.</param>
    /// <param name="destination">Receives it; it must end inside the copy.</param>
    /// <exception cref="StorageIoException">The device failed to read; the same piece may be tried again.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - destination.Length);
        if (offset < _head.Length)
        {
            int fromHead = (int)Math.Min(_head.Length - offset, destination.Length);
            _head.AsSpan((int)offset, fromHead).CopyTo(destination);
            destination = destination[fromHead..];
            offset += fromHead;
        }
        if (!destination.IsEmpty)
            _store.File.ReadOrZero(offset, destination);
    }

    /// <summary>Ends the backup.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.EndRead(_reader);
    }
}
