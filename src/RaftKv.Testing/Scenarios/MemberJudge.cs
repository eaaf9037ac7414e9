using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>Whether what members tell of themselves and of each other is excused by what befell them, as the atlas has it.</summary>
internal sealed class MemberJudge(SimulatedCluster cluster, FaultAtlas atlas, FaultActions faults)
{
    /// <summary>Listens from now on; a breach is thrown where it is told.</summary>
    public void Attend()
    {
        cluster.Faulted = Faulted;
        cluster.StateRefused = Refused;
        cluster.StateSetAside = SetAside;
        cluster.StateJudged = Judge;
    }

    // What a whole member gives is whole when it arrives.
    private void Refused(SimulatedNode node, NodeId from, StorageException reason)
    {
        if (reason is StorageCorruptException && !faults.IsExcused(node, reason) && !faults.IsExcused(cluster.Node(from), reason))
            throw new SimulationException($"Member {node.Id} cannot take the state of member {from}: {reason.Message}", reason);
    }

    // The others' help must not hide what the store itself has lost.
    private void SetAside(SimulatedNode node, StorageCorruptException damage)
    {
        if (!faults.IsExcused(node, damage))
            throw new SimulationException($"Member {node.Id} cannot open its machine's files although its disk did as it should: {damage.Message}");
    }

    private void Judge(SimulatedNode node, StateVerdict verdict)
    {
        switch (verdict)
        {
            case StateVerdict.Opened:
                atlas.Opened(node);
                break;
            case StateVerdict.Replaced:
                atlas.Replaced(node.Id);
                break;
            case StateVerdict.Diverged when !atlas.IsDamaged(node.Id):
                throw new SimulationException($"Member {node.Id} was told that its state differs, but nothing has happened to it.");
            case StateVerdict.Disputed when !atlas.MayBeDisputed:
                throw new SimulationException($"Leader {node.Id} of {node.Driver!.Status.Configuration} does not know whose state is right, "
                    + $"but a majority's is; not {atlas.Words}.");
            default:
                break;
        }
    }

    private void Faulted(SimulatedNode node, RaftKvException reason)
    {
        if (reason.Error == RaftKvError.Removed && (atlas.MayHaveLeft(node.Id) || !atlas.WasMember(node.Id)))
            return;
        if (reason.Error == RaftKvError.FormatNotSpoken && !node.Speaks.Covers(cluster.Checks.NewestFormat))
            return;
        // It was distorted again and again.
        if (reason.Error == RaftKvError.Faulted && node.IsIsolated && atlas.IsDistorted(node.Id))
            return;
        StorageException? met = reason.InnerException as StorageException;
        bool isStorage = reason.Error == RaftKvError.Storage || met is not null;
        // Who has a new disk, or an old copy of its own, may find that it had acknowledged more; nothing on the disk is to blame then.
        bool isExcused = faults.IsExcused(node, met) || (met is null && atlas.IsDamaged(node.Id));
        if (!isStorage || !isExcused)
            throw new SimulationException($"Member {node.Id} faulted: {reason.Message}", reason);
    }
}
