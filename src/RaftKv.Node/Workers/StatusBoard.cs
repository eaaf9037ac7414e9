using Microsoft.Extensions.Logging;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Telemetry;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>What the world sees of a node: its last published state, who waits for a leader, how it ended. The loop writes it.</summary>
internal sealed class StatusBoard(ILogger logger, NodeMetrics metrics, NodeId self, GroupId group) : INodeObserver
{
    private readonly TaskCompletionSource<RaftKvException?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private TaskCompletionSource<NodeId> _leaderKnown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RaftNodeStatus? _status;

    public RaftNodeStatus Status => Volatile.Read(ref _status)!;

    public Task<RaftKvException?> Stopped => _stopped.Task;

    public void Publish(RaftNodeStatus status)
    {
        Volatile.Write(ref _status, status);
        NodeId leader = status.Raft.Leader;
        lock (_lock)
        {
            if (_leaderKnown.Task.IsCompletedSuccessfully && _leaderKnown.Task.Result != leader)
                _leaderKnown = new TaskCompletionSource<NodeId>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (leader != NodeId.None)
                _leaderKnown.TrySetResult(leader);
        }
    }

    public async Task<NodeId> WaitForLeaderAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Task<NodeId> known;
        lock (_lock)
            known = _leaderKnown.Task;
        try
        {
            return await known.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RaftKvException("No leader was known before the deadline.", WriteOutcome.NotApplied) { Error = RaftKvError.NoLeader };
        }
    }

    /// <summary>The node has ended and released everything.</summary>
    public void Ended(RaftKvException reason) => _stopped.TrySetResult(reason.Error == RaftKvError.Stopped ? null : reason);

    void INodeObserver.Happened(RaftEvent happening)
    {
        switch (happening)
        {
            case RoleChanged role:
                if (role.Current == Role.Candidate)
                    metrics.Elected();
                NodeLog.RoleChanged(logger, self, group, role.Current, role.Term);
                break;
            case ConfigurationChanged changed:
                NodeLog.MembersChanged(logger, self, group, changed.Index, changed.Configuration.ToString());
                break;
            case LeaderChanged leader when leader.Leader == NodeId.None:
                NodeLog.LeaderUnknown(logger, self, group, leader.Term);
                break;
            case LeaderChanged leader:
                metrics.LeaderChanged();
                NodeLog.LeaderKnown(logger, self, group, leader.Leader, leader.Term);
                break;
            default:
                break;
        }
    }

    void INodeObserver.Installed(LogPosition position) => NodeLog.Installed(logger, self, group, position);

    void INodeObserver.InstallFailed(string reason) => NodeLog.InstallFailed(logger, self, group, reason);

    void INodeObserver.FormatActivated(LogFormat format, LogIndex index) => NodeLog.FormatActivated(logger, self, group, format, index);

    void INodeObserver.LogDamaged(GroupDamage damage) => NodeLog.LogDamaged(logger, self, group, damage.Places);

    void INodeObserver.LogMended() => NodeLog.LogMended(logger, self, group);

    void INodeObserver.StateConfirmed(LogPosition position) => metrics.Attested("sound");

    void INodeObserver.StateDiverged(LogPosition position, string slice)
    {
        metrics.Attested("diverged");
        NodeLog.StateDiverged(logger, self, group, position, slice);
    }

    void INodeObserver.StateDisputed(LogPosition position, string held)
    {
        metrics.Attested("disputed");
        NodeLog.StateDisputed(logger, self, group, position, held);
    }

    void INodeObserver.StateDamaged(LogPosition position, string damage) => NodeLog.StateDamaged(logger, self, group, position, damage);

    void INodeObserver.StateRebuilt(LogPosition position)
    {
        metrics.Rebuilt();
        NodeLog.StateRebuilt(logger, self, group, position);
    }

    /// <summary>Entries that damage took were put back.</summary>
    public void Mended(int entries) => metrics.Mended(entries);

    /// <summary>The damaged log was given up.</summary>
    public void BegunAnew(string lost, IReadOnlyList<string> copies) =>
        NodeLog.LogGivenUp(logger, self, group, lost, string.Join(", ", copies));

    void INodeObserver.Stopped(RaftKvException reason)
    {
        if (reason.Error == RaftKvError.Stopped)
            NodeLog.Stopped(logger, self, group);
        else if (reason.Error == RaftKvError.Removed)
            NodeLog.Removed(logger, self, group);
        else
            Faulted(reason);
        lock (_lock)
        {
            if (!_leaderKnown.TrySetException(reason))
                _leaderKnown = new TaskCompletionSource<NodeId>(TaskCreationOptions.RunContinuationsAsynchronously);
            _leaderKnown.TrySetException(reason);
            _ = _leaderKnown.Task.Exception;
        }
    }

    private void Faulted(RaftKvException reason)
    {
        metrics.Faulted(reason.Error);
        NodeLog.Faulted(logger, reason, self, group, reason.Message);
    }
}
