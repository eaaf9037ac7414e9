namespace RaftKv.Raft.Messages;

/// <summary>Acknowledges entries. They are durable before it leaves.</summary>
public sealed class AppendResponse() : Message(MessageKind.AppendResponse)
{
    private LogIndex _match;

    /// <summary>The log up to this entry equals the leader's and is durable.</summary>
    public required LogIndex Match { get => _match; init => _match = value; }

    internal void Say(LogIndex match) => _match = match;
}
