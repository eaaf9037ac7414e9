namespace RaftKv.Raft.Messages;

/// <summary>Word from the leader without entries.</summary>
public sealed class Heartbeat() : Message(MessageKind.Heartbeat)
{
    private LogIndex _commit;
    private long _round;

    /// <summary>The commit index, as far as the addressee is known to hold it.</summary>
    public required LogIndex Commit { get => _commit; init => _commit = value; }

    /// <summary>The confirmation round to echo; 0 when no answer is wanted.</summary>
    public required long Round { get => _round; init => _round = value; }

    internal void Say(LogIndex commit, long round) => (_commit, _round) = (commit, round);
}
