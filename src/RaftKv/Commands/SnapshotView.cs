using RaftKv.Storage.Mvcc;

namespace RaftKv.Commands;

/// <summary>A snapshot, for transactions that only read.</summary>
internal sealed class SnapshotView(MvccReadTransaction snapshot) : IStoreView
{
    public long Revision => snapshot.Revision;

    public long CompactedRevision => snapshot.CompactedRevision;

    public Storage.Mvcc.RangeResult Range(RangeQuery query) => snapshot.Range(query);
}
