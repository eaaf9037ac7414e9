using RaftKv.Commands;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>
/// Reads of this member's own state: each runs on a consistent snapshot, is refused once the node has stopped, and reports damage
/// as the public exception.
/// </summary>
internal sealed class StoreReader(KeyValueStateMachine machine, IRaftNode node)
{
    /// <summary>Runs a read on a snapshot of its own. Nothing of the snapshot may be used afterwards.</summary>
    public T Read<T>(Func<MvccReadTransaction, T> read) => Use(store =>
    {
        using MvccReadTransaction snapshot = store.BeginRead();
        return read(snapshot);
    });

    /// <summary>Uses the store, which is neither replaced nor closed meanwhile.</summary>
    public T Use<T>(Func<MvccStore, T> use)
    {
        machine.Readers.Enter();
        try
        {
            Require(node.Status);
            return use(machine.Store);
        }
        catch (StorageException damage)
        {
            throw new RaftKvException($"The store could not be read: {damage.Message}", WriteOutcome.NotApplied, node.Leader, damage)
            {
                Error = RaftKvError.Storage,
            };
        }
        finally
        {
            machine.Readers.Leave();
        }
    }

    public RangeResult Range(KeyRange keys, RangeOptions options) => Read(snapshot =>
    {
        long revision = Mutation.Is(Mutant.HistoricalReadOfNewest) ? 0 : options.Revision;
        Storage.Mvcc.RangeResult found = snapshot.Range(Queries.Range(keys, revision, options.Limit, options.KeysOnly));
        Require(found.Status, options.Revision, snapshot);
        return Queries.Result(found, snapshot.Revision);
    });

    public long Count(KeyRange keys, long revision) => Read(snapshot =>
    {
        Storage.Mvcc.RangeResult found = snapshot.Range(Queries.Count(keys, revision));
        Require(found.Status, revision, snapshot);
        return found.Count;
    });

    public uint Hash(long revision) => Read(snapshot =>
    {
        RevisionStatus status = snapshot.TryHash(revision, out uint hash);
        Require(status, revision, snapshot);
        return hash;
    });

    // What is here may be wrong while the member is being rebuilt.
    private void Require(RaftNodeStatus status)
    {
        if (status.StopReason is { } reason)
            throw new RaftKvException(reason.Message, WriteOutcome.NotApplied, null, reason) { Error = reason.Error };
        if (status.IsRebuilding)
        {
            throw new RaftKvException("The member's state is being rebuilt from another member's.", WriteOutcome.NotApplied, node.Leader)
            {
                Error = RaftKvError.Repairing,
            };
        }
    }

    private static void Require(RevisionStatus status, long requested, MvccReadTransaction snapshot)
    {
        if (status == RevisionStatus.Compacted)
            throw new CompactedException(requested, snapshot.CompactedRevision);
        if (status == RevisionStatus.Future)
            throw new FutureRevisionException(requested, snapshot.Revision);
    }
}
