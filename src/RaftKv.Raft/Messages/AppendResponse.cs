namespace RaftKv.Raft.Messages;

/// <summary>Acknowledges entries. They are durable before it leaves.</summary>
public sealed class AppendResponse() : Message(MessageKind.AppendResponse)
{
    /// <summary>The log up to this entry equals the leader's and is durable.</summary>
    public required LogIndex Match { get; init; }
}
