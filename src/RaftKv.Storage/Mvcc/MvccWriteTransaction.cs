using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// One batch of commands, published as a whole. There is one at a time. Each command that changes something gets its own revision;
/// <see cref="BeginCommand"/> separates them. Reads see what the batch has done so far.
/// </summary>
/// <remarks>
/// An exception from a change leaves the batch half done: dispose it, which drops all of it. Puts wait, to be applied in the order of
/// their keys, until the batch reads or changes something else or is committed; so what a put cannot do, that call says.
/// </remarks>
public sealed class MvccWriteTransaction : IDisposable
{
    private const int KeysPerDeletePass = 512;

    private readonly MvccStore _owner;
    private readonly TreeStore _store;
    private readonly TreeTransaction _transaction;
    private readonly VersionReader _versions;
    private long _commandRevision;
    private int _order;
    private bool _ended;

    internal MvccWriteTransaction(MvccStore owner, TreeStore store)
    {
        _owner = owner;
        _store = store;
        _transaction = store.BeginWrite();
        owner.Writer.Puts.Clear();     // an exception may have left some of a batch that was dropped
        _versions = new VersionReader(store, _transaction.Reader, _transaction.Trees, _transaction.Marks);
        BeginCommand();
    }

    internal TreeTransaction Transaction => _transaction;

    /// <summary>Reads what the batch has done so far.</summary>
    internal VersionReader Versions
    {
        get
        {
            ApplyPuts();
            return _versions;
        }
    }

    /// <summary>The newest revision, this batch included; it grows with the first change of a command.</summary>
    public long Revision => _versions.Revision;

    /// <summary>The compacted revision, this batch included; 0 when nothing was compacted.</summary>
    public long CompactedRevision => _versions.CompactedRevision;

    /// <summary>Changes made by the present command so far.</summary>
    public int CommandChanges => _order;

    /// <summary>Begins the next command: its first change takes the next revision.</summary>
    public void BeginCommand()
    {
        _commandRevision = Revision + 1;
        _order = 0;
    }

    /// <summary>Puts a value.</summary>
    /// <param name="key">The key: 1 to <see cref="MvccStore.KeyBytesMax"/> bytes.</param>
    /// <param name="value">The value, up to <see cref="MvccStore.ValueBytesMax"/> bytes.</param>
    /// <param name="lease">Lease to attach the key to, whatever it hung on before; 0 for none.</param>
    /// <returns>The revision of the command.</returns>
    /// <exception cref="ArgumentException">A limit is exceeded; nothing was changed.</exception>
    /// <exception cref="StorageFullException">No room, for this put or for one before; drop the batch.</exception>
    public long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease = 0)
    {
        ThrowIfEnded();
        MvccStore.CheckLimits(key, value);
        if (!_owner.Writer.Puts.HasRoom(key.Length, value.Length))
            ApplyPuts();
        long revision = TakeRevision(out int order);
        _owner.Writer.Put(_transaction, key, value, lease, revision, order);
        return revision;
    }

    /// <summary>Deletes every key of a range, written as in <see cref="RangeQuery"/>; one change per key, in key order.</summary>
    /// <param name="key">The key, or the beginning.</param>
    /// <param name="rangeEnd">The end; empty for the one key.</param>
    /// <returns>How many keys were there.</returns>
    public long DeleteRange(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd = default)
    {
        ThrowIfEnded();
        long deleted = 0;
        var found = new List<byte[]>(KeysPerDeletePass);
        VersionReader versions = Versions;
        _transaction.BeginChange(usesReserve: true);
        do
        {
            found.Clear();
            _transaction.Reader.Pin();
            VersionScan scan = versions.Scan(new KeyInterval(key, rangeEnd), Revision);
            while (found.Count < KeysPerDeletePass && scan.MoveNext())
                found.Add(scan.Key.ToArray());
            foreach (byte[] victim in found)
            {
                long revision = TakeRevision(out int order);
                _owner.Writer.Delete(_transaction, versions, victim, revision, order);
            }
            deleted += found.Count;
        }
        while (found.Count == KeysPerDeletePass);
        _transaction.EndChange();
        return deleted;
    }

    /// <summary>The newest version of a key, this batch included.</summary>
    public KeyValue? Get(ReadOnlySpan<byte> key)
    {
        ThrowIfEnded();
        return Versions.Get(key);
    }

    /// <summary>Reads a range, this batch included.</summary>
    public RangeResult Range(RangeQuery query)
    {
        ThrowIfEnded();
        return Versions.Range(query);
    }

    /// <summary>The keys attached to a lease, in key order, this batch included.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> KeysOfLease(long lease)
    {
        ThrowIfEnded();
        return LeaseIndex.KeysOf(Versions, lease);
    }

    /// <summary>A named blob, this batch included, or null.</summary>
    public byte[]? GetBlob(ReadOnlySpan<byte> name)
    {
        ThrowIfEnded();
        _transaction.ThrowIfHalfDone();
        return BlobIndex.Get(_versions, name);
    }

    /// <summary>Puts a named blob: published with the batch, without a revision. Names have 1 to 128 bytes.</summary>
    public void PutBlob(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        ThrowIfEnded();
        if (name.Length is 0 or > MvccStore.BlobNameBytesMax)
            throw new ArgumentException($"A blob's name has 1 to {MvccStore.BlobNameBytesMax} bytes.", nameof(name));
        _owner.Writer.PutBlob(_transaction, name, value);
    }

    /// <summary>Deletes a named blob if there is one.</summary>
    public void DeleteBlob(ReadOnlySpan<byte> name)
    {
        ThrowIfEnded();
        _owner.Writer.DeleteBlob(_transaction, name);
    }

    /// <summary>
    /// Makes everything older than a revision unreadable, at once; <see cref="MvccStore.Tidy"/> removes it. Changes no revision.
    /// </summary>
    /// <returns>
    /// <see cref="RevisionStatus.Compacted"/> when it is not above the compacted one, <see cref="RevisionStatus.Future"/> when it is
    /// above the newest; nothing was changed then.
    /// </returns>
    public RevisionStatus Compact(long revision)
    {
        ThrowIfEnded();
        if (revision <= CompactedRevision)
            return RevisionStatus.Compacted;
        if (revision > Revision)
            return RevisionStatus.Future;
        _transaction.Marks[MvccMark.CompactedRevision] = revision;
        return RevisionStatus.Ok;
    }

    /// <summary>
    /// Raises the newest revision without a change, between two commands: the revisions skipped are never used. For a store that takes
    /// the place of one that had gone further, so that nobody sees a revision twice with different meanings.
    /// </summary>
    /// <param name="count">How many to skip; at least 1.</param>
    public void SkipRevisions(long count)
    {
        ThrowIfEnded();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _transaction.Marks[MvccMark.Revision] = checked(_transaction.Marks[MvccMark.Revision] + count);
        BeginCommand();
    }

    /// <summary>Publishes the batch to every reader that begins from now on; durable with the next checkpoint.</summary>
    /// <param name="applied">Place in the log that the batch includes.</param>
    /// <exception cref="StorageFullException">No room for the puts that waited; nothing was published, drop the batch.</exception>
    /// <exception cref="StorageCorruptException">A page that a put needs is damaged; nothing was published, drop the batch.</exception>
    public void Commit(StorePosition applied)
    {
        ThrowIfEnded();
        ApplyPuts();
        _transaction.Marks[MvccMark.AppliedTerm] = applied.Term;
        _transaction.Marks[MvccMark.AppliedIndex] = applied.Index;
        _store.Commit(_transaction);
        _ended = true;
    }

    /// <summary>Drops the batch unless it was committed.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.Rollback(_transaction);
    }

    // Puts wait until something else is read or changed: see PutBuffer.
    private void ApplyPuts()
    {
        _transaction.ThrowIfHalfDone();
        _owner.Writer.ApplyPuts(_transaction);
    }

    private long TakeRevision(out int order)
    {
        order = _order++;
        _transaction.Marks[MvccMark.Revision] = _commandRevision - 1;
        return _commandRevision;
    }

    private void ThrowIfEnded() => ObjectDisposedException.ThrowIf(_ended, this);
}
