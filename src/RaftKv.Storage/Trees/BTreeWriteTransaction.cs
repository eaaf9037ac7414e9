using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Changes to a <see cref="BTreeStore"/>, shown all at once by <see cref="Commit"/> or not at all.</summary>
/// <remarks>An exception from a change leaves the transaction half done: it takes no other change and no commit. Dispose it.</remarks>
public sealed class BTreeWriteTransaction : IDisposable
{
    private readonly TreeStore _store;
    private readonly TreeTransaction _transaction;
    private readonly byte[] _reference = new byte[RunReference.Bytes];
    private bool _ended;

    internal BTreeWriteTransaction(TreeStore store)
    {
        _store = store;
        _transaction = store.BeginWrite();
    }

    /// <summary>Puts a value.</summary>
    /// <param name="key">The key, up to <see cref="BTreeStore.KeyBytesMax"/> bytes; it may be empty.</param>
    /// <param name="value">The value, up to <see cref="BTreeStore.ValueBytesMax"/> bytes.</param>
    /// <returns>Whether the key is new.</returns>
    /// <exception cref="ArgumentException">A limit is exceeded; nothing was changed.</exception>
    /// <exception cref="StorageFullException">No room for a long key or a large value; drop the transaction.</exception>
    public bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        BTreeStore.CheckLimits(key, value);
        _transaction.BeginChange(usesReserve: false);
        bool isRun = value.Length > TreeLimits.InlineValueBytesMax(_store.PageSizeBytes, key.Length);
        if (isRun)
            _transaction.WriteRun(value).Write(_reference);
        _transaction.WrittenBytes += key.Length + value.Length;
        bool added = _store.Writer.Put(_transaction, BTreeStore.Tree, key, isRun ? _reference : value, isRun);
        FreeLastRun();
        _transaction.EndChange();
        return added;
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _transaction.BeginChange(usesReserve: true);
        bool deleted = _store.Writer.Delete(_transaction, BTreeStore.Tree, key);
        FreeLastRun();
        _transaction.EndChange();
        return deleted;
    }

    /// <summary>
    /// Deletes every key from one on. The time grows with the pages of the edges and of the branches between them, not with the keys;
    /// only leaves with long keys or large values are read.
    /// </summary>
    /// <param name="from">The first key that goes; empty for the first of all.</param>
    /// <param name="to">The first key behind that stays; empty when all to the last go.</param>
    /// <returns>How many keys there were.</returns>
    public long DeleteRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _transaction.BeginChange(usesReserve: true);
        long deleted = _store.Writer.DeleteRange(_transaction, BTreeStore.Tree, from, to, isOpen: to.IsEmpty);
        _transaction.EndChange();
        return deleted;
    }

    /// <summary>Shows the changes to every view that begins from now on; durable with the next checkpoint.</summary>
    /// <exception cref="InvalidOperationException">A change failed; nothing was shown, drop the transaction.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _store.Commit(_transaction);
        _ended = true;
    }

    /// <summary>Drops the changes unless they were committed.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.Rollback(_transaction);
    }

    private void FreeLastRun()
    {
        if (_store.Writer.LastRun.Length > 0)
            _transaction.FreeRun(_store.Writer.LastRun);
    }
}
