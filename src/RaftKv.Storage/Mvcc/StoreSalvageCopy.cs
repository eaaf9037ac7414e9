using RaftKv.Storage.Disk;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Fills a new store with versions and blobs, in any order. What says the same a second time, the revisions and the leases, is made anew
/// from the versions, so that the trees agree with each other whatever is missing.
/// </summary>
internal sealed class StoreSalvageCopy : IDisposable
{
    private const long CacheBytes = 64 << 20;
    private const int EntriesPerBatch = 1000;

    private readonly TreeStore _store;
    private readonly byte[] _cell;
    private readonly byte[] _key;
    private TreeTransaction _transaction;
    private bool _writing;
    private int _entries;

    public StoreSalvageCopy(IStorageDirectory directory, string name, int pageSizeBytes)
    {
        _store = TreeStore.Open(directory, name, pageSizeBytes, CacheBytes);
        _cell = new byte[pageSizeBytes];
        _key = new byte[LeaseIndex.LeaseBytes + MvccStore.KeyBytesMax];
        _transaction = _store.BeginWrite();
        _writing = true;
    }

    /// <summary>Keys put so far.</summary>
    public long Keys => _transaction.Trees[MvccTree.Keys].Count;

    public void PutKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, byte[]? run)
    {
        VersionRecord record = VersionRecord.Parse(value, run is not null);
        Put(MvccTree.Keys, key, value, run);
        PutRevision(key, record);
        if (record.Lease != 0)
            Put(MvccTree.Leases, _key.AsSpan(0, LeaseIndex.WriteKey(_key, record.Lease, key)), default, null);
        EndEntry();
    }

    public void PutHistory(ReadOnlySpan<byte> historyKey, ReadOnlySpan<byte> value, byte[]? run)
    {
        VersionRecord record = VersionRecord.Parse(value, run is not null);
        Put(MvccTree.History, historyKey, value, run);
        PutRevision(_key.AsSpan(0, HistoryKey.ReadKey(historyKey, _key)), record);
        EndEntry();
    }

    public void PutBlob(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, byte[]? run)
    {
        Put(MvccTree.Blobs, name, value, run);
        EndEntry();
    }

    /// <summary>Makes the copy durable under its marks and examines it.</summary>
    public CheckReport Complete(long[] marks)
    {
        // The last mark counts the copy's own pages.
        marks.AsSpan(0, MetaPage.RunPagesMark).CopyTo(_transaction.Marks);
        _store.Commit(_transaction);
        _writing = false;
        _store.Checkpoint();
        return new StoreCheck(_store).Run();
    }

    private void PutRevision(ReadOnlySpan<byte> key, in VersionRecord record)
    {
        ChangeKind kind = record.IsDeletion ? ChangeKind.Delete : ChangeKind.Put;
        _transaction.BeginChange(usesReserve: false);
        RevisionEntry.Put(_store, _transaction, kind, key, record.ModRevision, record.Order);
        _transaction.EndChange();
    }

    private void Put(int tree, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, byte[]? run)
    {
        _transaction.BeginChange(usesReserve: false);
        if (run is not null)
        {
            value.CopyTo(_cell);
            _transaction.WriteRun(run).Write(_cell.AsSpan(value.Length - RunReference.Bytes));
            value = _cell.AsSpan(0, value.Length);
        }
        _store.Writer.Put(_transaction, tree, key, value, run is not null);
        _transaction.EndChange();
    }

    private void EndEntry()
    {
        if (++_entries % EntriesPerBatch != 0)
            return;
        _store.Commit(_transaction);
        _writing = false;
        if (_store.Cache.Dirty.Bytes > CacheBytes / 2)
            _store.Checkpoint();
        _transaction = _store.BeginWrite();
        _writing = true;
    }

    public void Dispose()
    {
        if (_writing)
            _store.Rollback(_transaction);
        _store.Dispose();
    }
}
