namespace RaftKv.Raft.Messages;

/// <summary>Answers a vote request. A granted vote is durable before it leaves.</summary>
public sealed class VoteResponse() : Message(MessageKind.VoteResponse)
{
    /// <summary>Whether the vote was given.</summary>
    public required bool Granted { get; init; }
}
