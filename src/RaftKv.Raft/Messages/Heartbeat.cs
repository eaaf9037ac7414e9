namespace RaftKv.Raft.Messages;

/// <summary>Word from the leader without entries.</summary>
public sealed class Heartbeat() : Message(MessageKind.Heartbeat)
{
    /// <summary>The commit index, as far as the addressee is known to hold it.</summary>
    public required LogIndex Commit { get; init; }

    /// <summary>The confirmation round to echo; 0 when no answer is wanted.</summary>
    public required long Round { get; init; }
}
