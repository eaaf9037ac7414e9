using RaftKv.Raft.Log;

namespace RaftKv.Raft.Roles;

/// <summary>Everything one member keeps in memory, checked as a whole (<see cref="RaftOptions.Audit"/>).</summary>
internal sealed class WholeAudit(Protocol protocol)
{
    private readonly LogAudit _log = new();

    public void Run()
    {
        _log.Run(protocol.Log, protocol.Commit);
        Invariant.Check(protocol.Commit <= protocol.Log.LastIndex && protocol.Log.Last.Term <= protocol.Term);
        protocol.Configurations.Audit(protocol.Log);
        protocol.Applier.Audit(protocol.Log, protocol.Commit);
        (protocol.Role as LeaderRole)?.Replicator.Audit();
    }
}
