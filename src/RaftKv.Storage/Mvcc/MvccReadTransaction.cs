using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// A consistent view of the store as it was when the transaction began. Any number may be open beside the writer; none waits for it.
/// One thread at a time per transaction. An open one keeps pages that were replaced meanwhile from being used again.
/// </summary>
public sealed class MvccReadTransaction : IDisposable
{
    private readonly TreeStore _store;
    private readonly PageReader _reader;
    private readonly VersionReader _versions;
    private bool _ended;

    internal MvccReadTransaction(TreeStore store)
    {
        _store = store;
        _reader = store.BeginRead(out TreeState state);
        _versions = new VersionReader(store, _reader, state.Trees, state.Marks);
    }

    internal VersionReader Versions
    {
        get
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            return _versions;
        }
    }

    /// <summary>The newest revision in this view.</summary>
    public long Revision => _versions.Revision;

    /// <summary>Reads before this revision are refused; 0 when nothing was compacted.</summary>
    public long CompactedRevision => _versions.CompactedRevision;

    /// <summary>The newest version of a key, or null.</summary>
    /// <exception cref="StorageCorruptException">A page on the way is damaged.</exception>
    public KeyValue? Get(ReadOnlySpan<byte> key) => Versions.Get(key);

    /// <summary>Copies the newest value of a key without allocating.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the value, as much of it as fits only when all of it does.</param>
    /// <param name="length">Length of the value; larger than the destination when nothing was copied.</param>
    /// <returns>Whether the key exists.</returns>
    public bool TryGetValue(ReadOnlySpan<byte> key, Span<byte> destination, out int length)
    {
        VersionReader versions = Versions;
        length = 0;
        _reader.Pin();
        try
        {
            if (!versions.TryGetNewest(key, out VersionRecord record))
                return false;
            length = checked((int)record.ValueLength);
            if (length <= destination.Length)
                versions.CopyValue(record, destination);
            return true;
        }
        finally
        {
            _reader.Unpin();
        }
    }

    /// <summary>Reads a range, also at an older revision.</summary>
    public RangeResult Range(RangeQuery query) => Versions.Range(query);

    /// <summary>Reads changes of whole revisions in order.</summary>
    public ChangeBatch ReadChanges(ChangeQuery query)
    {
        VersionReader versions = Versions;
        _reader.Pin();
        try
        {
            return new ChangeReader(versions).Read(query);
        }
        finally
        {
            _reader.Unpin();
        }
    }

    /// <summary>The keys attached to a lease, in key order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> KeysOfLease(long lease) => LeaseIndex.KeysOf(Versions, lease);

    /// <summary>A named blob stored with the batches, or null.</summary>
    public byte[]? GetBlob(ReadOnlySpan<byte> name) => BlobIndex.Get(Versions, name);

    /// <summary>
    /// CRC-32C over the history up to a revision as etcd's HashKV computes it: equal on stores with equal history, whatever their
    /// layout and however far each has got in removing what is compacted.
    /// </summary>
    /// <param name="revision">The revision; 0 or less: the newest.</param>
    /// <param name="hash">The hash.</param>
    public RevisionStatus TryHash(long revision, out uint hash)
    {
        VersionReader versions = Versions;
        _reader.Pin();
        try
        {
            return new RevisionHash(versions).TryCompute(revision, out hash);
        }
        finally
        {
            _reader.Unpin();
        }
    }

    /// <summary>
    /// SHA-256 over a slice of the view: the newest version of each key, then the history above the compacted revision. Equal on stores
    /// with equal history, whatever their layout and however far each has got in removing what is compacted.
    /// </summary>
    /// <param name="from">Where the slice begins: empty, or what a slice of any view of any store named as the next.</param>
    /// <param name="bytesMax">About how many bytes of keys and values; one entry at least.</param>
    /// <param name="next">Where the next slice begins; empty when this was the last one.</param>
    /// <exception cref="StorageCorruptException">A page on the way is damaged.</exception>
    public byte[] HashSlice(ReadOnlySpan<byte> from, long bytesMax, out byte[] next)
    {
        VersionReader versions = Versions;
        _reader.Pin();
        try
        {
            using SliceHash hash = new(versions, bytesMax);
            return hash.Compute(from, out next);
        }
        finally
        {
            _reader.Unpin();
        }
    }

    /// <summary>Ends the view.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.EndRead(_reader);
    }
}
