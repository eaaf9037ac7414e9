namespace RaftKv.Raft.Messages;

/// <summary>Asks the leader for a read index that is not older than the request (thesis 6.4).</summary>
public sealed class ReadIndexRequest() : Message(MessageKind.ReadIndexRequest)
{
    /// <summary>The asker's run.</summary>
    public required long Session { get; init; }

    /// <summary>The asker's batch of reads, increasing within its run.</summary>
    public required long Sequence { get; init; }
}
