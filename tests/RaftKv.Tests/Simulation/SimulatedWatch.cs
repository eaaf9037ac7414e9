using RaftKv.Commands;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.World;
using RaftKv.Watch;

namespace RaftKv.Tests.Simulation;

/// <summary>Follows one member's changes from where it stopped, over its crashes, and demands every revision once and in order.</summary>
internal sealed class SimulatedWatch(StoreWorld world, StoreHistory history, SimulatedNode node)
{
    public long Next { get; private set; } = 2;

    /// <summary>Takes what is new, a little at a time.</summary>
    public void Pump()
    {
        if (!node.IsUp)
            return;
        while (true)
        {
            using MvccReadTransaction snapshot = world.Store(node).BeginRead();
            if (snapshot.Revision < Next)
                return;
            Take(snapshot.ReadChanges(new ChangeQuery { FromRevision = Next, BytesMax = 64 }));
        }
    }

    private void Take(ChangeBatch batch)
    {
        if (batch.Status == RevisionStatus.Compacted)
        {
            Assert.True(batch.CompactedRevision > Next);
            Next = batch.CompactedRevision + 1;
            return;
        }
        foreach (IGrouping<long, StoreChange> revision in batch.Changes.GroupBy(change => change.Revision))
        {
            Assert.Equal(Next, revision.Key);
            List<WatchEvent> events = [.. revision.Select(Queries.Event)];
            history.Seen(revision.Key, events);
            Next++;
        }
        Assert.Equal(Next, batch.NextRevision);
    }
}
