using RaftKv.Storage.Mvcc;

namespace RaftKv.Commands;

/// <summary>The state that one batch of commands is building, for the operations of the batch.</summary>
internal sealed class StoreBatch(MvccWriteTransaction transaction) : IStoreView, IStoreWriter
{
    public long Revision => transaction.Revision;

    public long CompactedRevision => transaction.CompactedRevision;

    public Storage.Mvcc.RangeResult Range(RangeQuery query) => transaction.Range(query);

    public void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => transaction.Put(key.Span, value.Span);

    public long Delete(KeyRange keys) => transaction.DeleteRange(Queries.Start(keys), Queries.End(keys));
}
