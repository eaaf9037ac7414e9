using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Raft.Messages;

/// <summary>Word from the leader without entries.</summary>
public sealed class Heartbeat : Message
{
    private LogIndex _commit;
    private long _round;
    private bool _quiesce;

    /// <summary>A message whose properties say all of it.</summary>
    public Heartbeat()
        : base(MessageKind.Heartbeat)
    {
    }

    [SetsRequiredMembers]
    internal Heartbeat(RaftOptions sender)
        : base(MessageKind.Heartbeat, sender)
    {
    }

    /// <summary>The commit index, as far as the addressee is known to hold it.</summary>
    public required LogIndex Commit { get => _commit; init => _commit = value; }

    /// <summary>The confirmation round to echo; 0 when no answer is wanted.</summary>
    public required long Round { get => _round; init => _round = value; }

    /// <summary>Whether the group comes to rest: whoever holds and has applied all that is committed stops waiting for heartbeats.</summary>
    public bool Quiesce { get => _quiesce; init => _quiesce = value; }

    internal void Say(LogIndex commit, long round, bool quiesce) => (_commit, _round, _quiesce) = (commit, round, quiesce);
}
