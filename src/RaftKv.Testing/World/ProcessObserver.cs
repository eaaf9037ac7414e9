using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Raft;

namespace RaftKv.Testing.World;

/// <summary>Notes what a simulated process tells of itself, and lets the checks know.</summary>
internal sealed class ProcessObserver(SimulatedCluster cluster, SimulatedNode node, SimulatedProcess process) : INodeObserver
{
    public void Happened(RaftEvent happening)
    {
        switch (happening)
        {
            case RoleChanged role:
                Note(Words(role.Current), role.Term.Value);
                break;
            case LeaderChanged leader:
                Note("knows leader", leader.Leader.Value);
                process.Requests?.LeaderChanged(leader.Leader);
                break;
            case ConfigurationChanged changed:
                Note(nameof(ConfigurationChanged), changed.Term.Value);
                cluster.Checks.Follows(node, changed.Configuration);
                break;
            default:
                Note(happening.GetType().Name, happening.Term.Value);
                break;
        }
    }

    public void Installed(LogPosition position) => Note("took the state up to", position.Index.Value);

    public void InstallFailed(string reason) => Note($"took no state: {reason}");

    public void LogDamaged(GroupDamage damage) => Note($"lacks {damage.Places}");

    public void LogMended() => Note("has its log");

    public void FormatActivated(LogFormat format, LogIndex index) => Note($"writes {format} from", index.Value);

    public void StateConfirmed(LogPosition position) => Note("is sound at", position.Index.Value);

    public void StateDiverged(LogPosition position, string slice)
    {
        Note($"differs {slice}, as of", position.Index.Value);
        node.IsIsolated = true;
        cluster.StateJudged?.Invoke(node, StateVerdict.Diverged);
    }

    public void StateDisputed(LogPosition position, string held)
    {
        Note($"does not know who is right: {held}");
        cluster.StateJudged?.Invoke(node, StateVerdict.Disputed);
    }

    public void StateDamaged(LogPosition position, string damage) => Note($"cannot read its state: {damage}");

    public void StateRebuilt(LogPosition position)
    {
        Note("was rebuilt up to", position.Index.Value);
        node.IsIsolated = false;
    }

    public void Stopped(RaftKvException reason)
    {
        Note($"stopped: {reason.Message}");
        process.Requests?.End(reason.Error == RaftKvError.Stopped ? null : reason);
        if (reason.Error != RaftKvError.Stopped)
            cluster.Faulted?.Invoke(node, reason);
    }

    private static string Words(Role role) => role switch
    {
        Role.Leader => "leads in term",
        Role.Candidate => "campaigns in term",
        Role.PreCandidate => "asks before term",
        _ => "follows in term",
    };

    private void Note(string what, long number = 0) => cluster.Note(node.Id, what, number);
}
