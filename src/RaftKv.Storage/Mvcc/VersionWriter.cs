using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Changes versions in the trees of a write transaction, keeping the trees in step with each other.</summary>
/// <remarks>
/// Invariants: every entry of the revisions tree has its version in keys or in history and the other way round; the newest version of
/// a live key is in keys, everything else in history; a key of keys with a lease has its entry in leases.
/// </remarks>
internal sealed class VersionWriter(TreeStore store)
{
    // Each is written before it is read.
    private readonly byte[] _record = GC.AllocateUninitializedArray<byte>(TreeLimits.CellBytesMax(store.PageSizeBytes));
    private readonly byte[] _old = GC.AllocateUninitializedArray<byte>(TreeLimits.CellBytesMax(store.PageSizeBytes));
    private byte[] _historyKey = [];
    private byte[] _historyEnd = [];
    private byte[] _leaseKey = [];

    /// <summary>Puts of the present batch that <see cref="ApplyPuts"/> has yet to apply.</summary>
    public PutBuffer Puts { get; } = new();

    /// <summary>Puts a value with the next <see cref="ApplyPuts"/>, or at once when it is too large to wait.</summary>
    public void Put(TreeTransaction transaction, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease, long revision, int order)
    {
        if (PutBuffer.MayWait(key.Length, value.Length))
        {
            Puts.Add(key, value, lease, revision, order);
            return;
        }
        PutVersion(transaction, key, value, lease, revision, order);
        PutRevision(transaction, key, value, revision, order);
    }

    /// <summary>
    /// Applies the puts that wait, the versions in the order of their keys and the revisions in theirs. Before anything else is read or
    /// changed.
    /// </summary>
    public void ApplyPuts(TreeTransaction transaction)
    {
        foreach (PutBuffer.Place place in Puts.Sort())
        {
            ref readonly PendingPut put = ref Puts[place.Index];
            PutVersion(transaction, Puts.Key(put), Puts.Value(put), put.Lease, put.Revision, put.Order);
        }
        for (int i = 0; i < Puts.Count; i++)
        {
            ref readonly PendingPut put = ref Puts[i];
            PutRevision(transaction, Puts.Key(put), Puts.Value(put), put.Revision, put.Order);
        }
        Puts.Clear();
    }

    private void PutRevision(TreeTransaction transaction, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long revision, int order)
    {
        transaction.BeginChange(usesReserve: false);
        RevisionEntry.Put(store, transaction, ChangeKind.Put, key, revision, order);
        transaction.WrittenBytes += key.Length + value.Length;
        transaction.EndChange();
    }

    private void PutVersion(TreeTransaction transaction, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease, long revision,
        int order)
    {
        transaction.BeginChange(usesReserve: false);
        bool exists = store.Writer.Find(transaction, MvccTree.Keys, key, out ReadOnlySpan<byte> found, out bool wasRun);
        VersionRecord old = exists ? KeepOld(VersionRecord.Parse(found, wasRun)) : default;
        long create = exists ? old.CreateRevision : revision;
        long version = exists ? old.Version + 1 : 1;
        var record = new VersionRecord { ModRevision = revision, Order = order, CreateRevision = create, Version = version, Lease = lease };
        // What fits the cell in keys must fit the one in history, where it goes when it is superseded.
        int room = Math.Min(TreeLimits.InlineValueBytesMax(store.PageSizeBytes, key.Length),
            TreeLimits.InlineValueBytesMax(store.PageSizeBytes, HistoryKey.Length(key.Length)));
        bool isRun = VersionRecord.HeaderBytesMax + value.Length > room;
        int length = WriteRecord(transaction, record, value, isRun);
        store.Writer.PutFound(key, _record.AsSpan(0, length), isRun);
        if (exists)
            Supersede(transaction, key, old);
        if (lease != 0)
            store.Writer.Put(transaction, MvccTree.Leases, LeaseKey(lease, key), default, isRun: false);
        transaction.EndChange();
    }

    /// <summary>Deletes a key that is there, as part of a change.</summary>
    public void Delete(TreeTransaction transaction, VersionReader versions, ReadOnlySpan<byte> key, long revision, int order)
    {
        transaction.Reader.Pin();
        Invariant.Check(versions.TryGetNewest(key, out VersionRecord old));
        Supersede(transaction, key, KeepOld(old));
        store.Writer.Delete(transaction, MvccTree.Keys, key);
        int length = new VersionRecord { ModRevision = revision, Order = order }.WriteHeader(_record);
        PutHistory(transaction, key, revision, order, length, isRun: false);
        RevisionEntry.Put(store, transaction, ChangeKind.Delete, key, revision, order);
        transaction.WrittenBytes += key.Length;
    }

    public void PutBlob(TreeTransaction transaction, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        transaction.BeginChange(usesReserve: false);
        RemoveBlob(transaction, name);
        bool isRun = value.Length > TreeLimits.InlineValueBytesMax(store.PageSizeBytes, name.Length);
        int length = isRun ? RunReference.Bytes : value.Length;
        if (isRun)
            transaction.WriteRun(value).Write(_record);
        else
            value.CopyTo(_record);
        store.Writer.Put(transaction, MvccTree.Blobs, name, _record.AsSpan(0, length), isRun);
        transaction.WrittenBytes += name.Length + value.Length;
        transaction.EndChange();
    }

    public void DeleteBlob(TreeTransaction transaction, ReadOnlySpan<byte> name)
    {
        transaction.BeginChange(usesReserve: true);
        RemoveBlob(transaction, name);
        transaction.EndChange();
    }

    private void RemoveBlob(TreeTransaction transaction, ReadOnlySpan<byte> name)
    {
        PagePointer root = transaction.Trees[MvccTree.Blobs].Root;
        if (!TreeReader.TryGet(transaction.Reader, root, name, out ReadOnlySpan<byte> old, out bool wasRun))
            return;
        if (wasRun)
            transaction.FreeRun(RunReference.FromEnd(old));
        store.Writer.Delete(transaction, MvccTree.Blobs, name);
    }

    /// <summary>Removes versions of a key that follow each other from history, and what the revisions tree says of them.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The key.</param>
    /// <param name="places">Revision and order of each, the newest first.</param>
    public void Forget(TreeTransaction transaction, ReadOnlySpan<byte> key, ReadOnlySpan<(long Revision, int Order)> places)
    {
        transaction.BeginChange(usesReserve: true);
        ReadOnlySpan<byte> from = KeyInHistory(ref _historyKey, key, places[^1].Revision, places[^1].Order);
        ReadOnlySpan<byte> to = KeyInHistory(ref _historyEnd, key, places[0].Revision, places[0].Order + 1);
        long count = store.Writer.DeleteRange(transaction, MvccTree.History, from, to, isOpen: false);
        Invariant.Check(count == places.Length);
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        foreach ((long revision, int order) in places)
        {
            transaction.Reader.Pin();
            HistoryKey.WriteSuffix(place, revision, order);
            store.Writer.Delete(transaction, MvccTree.Revisions, place);
            if (store.Writer.LastRun.Length > 0)
                transaction.FreeRun(store.Writer.LastRun);
        }
        transaction.EndChange();
    }

    // The version out of its page, which changes before the version goes to history.
    private VersionRecord KeepOld(in VersionRecord old)
    {
        old.Value.CopyTo(_old);
        return old with { Value = _old.AsSpan(0, old.Value.Length) };
    }

    // The version moves as it is, run reference and all.
    private void Supersede(TreeTransaction transaction, ReadOnlySpan<byte> key, in VersionRecord old)
    {
        if (old.Lease != 0)
            store.Writer.Delete(transaction, MvccTree.Leases, LeaseKey(old.Lease, key));
        int length = old.WriteHeader(_record);
        old.Value.CopyTo(_record.AsSpan(length));
        PutHistory(transaction, key, old.ModRevision, old.Order, length + old.Value.Length, old.IsRun);
    }

    private void PutHistory(TreeTransaction transaction, ReadOnlySpan<byte> key, long revision, int order, int length, bool isRun)
    {
        ReadOnlySpan<byte> historyKey = KeyInHistory(ref _historyKey, key, revision, order);
        store.Writer.Put(transaction, MvccTree.History, historyKey, _record.AsSpan(0, length), isRun);
    }

    private static ReadOnlySpan<byte> KeyInHistory(ref byte[] scratch, ReadOnlySpan<byte> key, long revision, int order)
    {
        Span<byte> written = Scratch.Reserve(ref scratch, HistoryKey.Length(key.Length));
        return written[..HistoryKey.Write(written, key, revision, order)];
    }

    private ReadOnlySpan<byte> LeaseKey(long lease, ReadOnlySpan<byte> key)
    {
        Span<byte> written = Scratch.Reserve(ref _leaseKey, LeaseIndex.LeaseBytes + key.Length);
        return written[..LeaseIndex.WriteKey(written, lease, key)];
    }

    private int WriteRecord(TreeTransaction transaction, in VersionRecord record, ReadOnlySpan<byte> value, bool isRun)
    {
        int length = record.WriteHeader(_record);
        if (isRun)
        {
            transaction.WriteRun(value).Write(_record.AsSpan(length));
            return length + RunReference.Bytes;
        }
        value.CopyTo(_record.AsSpan(length));
        return length + value.Length;
    }
}
