using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Fills an empty <see cref="BTreeStore"/> from an ascending stream: full pages, written in sequence, in memory that does not grow with the
/// load. Nobody sees any of it before <see cref="Complete"/>; a crash or <see cref="Dispose"/> before leaves the store empty.
/// </summary>
/// <remarks>It is the store's write transaction: other ones and checkpoints wait until it ends.</remarks>
public sealed class BTreeBulkLoad : IDisposable
{
    private readonly TreeStore _store;
    private readonly TreeTransaction _transaction;
    private readonly TreeBulkLoader _loader;
    private readonly byte[] _reference = new byte[RunReference.Bytes];
    private bool _ended;

    internal BTreeBulkLoad(TreeStore store)
    {
        _store = store;
        _transaction = store.BeginWrite();
        try
        {
            if (_transaction.Trees[BTreeStore.Tree].Count > 0)
                throw new InvalidOperationException("A bulk load fills an empty store; this one has entries.");
            _loader = new TreeBulkLoader(store, _transaction, BTreeStore.Tree);
        }
        catch
        {
            store.Rollback(_transaction);
            throw;
        }
    }

    /// <summary>Entries taken so far.</summary>
    public long Count => _loader.Count;

    /// <summary>Adds an entry.</summary>
    /// <param name="key">The key, up to <see cref="BTreeStore.KeyBytesMax"/> bytes, behind all before.</param>
    /// <param name="value">The value, up to <see cref="BTreeStore.ValueBytesMax"/> bytes.</param>
    /// <exception cref="KeyOrderException">The key is not behind the one before; nothing was changed.</exception>
    /// <exception cref="ArgumentException">A limit is exceeded; nothing was changed.</exception>
    /// <exception cref="StorageFullException">No room; the load has ended.</exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        BTreeStore.CheckLimits(key, value);
        if (Count > 0 && key.SequenceCompareTo(_loader.LastKey) <= 0)
            throw new KeyOrderException(Count);
        bool isRun = value.Length > TreeLimits.InlineValueBytesMax(_store.PageSizeBytes, key.Length);
        try
        {
            if (isRun)
                _transaction.WriteRun(value).Write(_reference);
            _loader.Add(key, isRun ? _reference : value, isRun);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Shows what was loaded; durable on return.</summary>
    /// <exception cref="StorageFullException">
    /// No room. Before the load is shown it is dropped; behind that it is shown and waits for the next checkpoint.
    /// </exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        try
        {
            _loader.Complete();
        }
        catch
        {
            Dispose();
            throw;
        }
        _ended = true;
        _loader.Dispose();
        _store.Commit(_transaction);
        _store.Checkpoint();
    }

    /// <summary>Drops the load unless it was completed.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _loader.Dispose();
        _store.Rollback(_transaction);
    }
}
