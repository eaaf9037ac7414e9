namespace RaftKv.Raft.Messages;

/// <summary>Answers a read index request: the leader was confirmed after the request arrived.</summary>
public sealed class ReadIndexResponse() : Message(MessageKind.ReadIndexResponse)
{
    /// <summary>The asker's run.</summary>
    public required long Session { get; init; }

    /// <summary>The asker's batch of reads.</summary>
    public required long Sequence { get; init; }

    /// <summary>The leader's commit index when the round started.</summary>
    public required LogIndex Index { get; init; }
}
