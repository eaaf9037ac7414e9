namespace RaftKv.Raft.Messages;

/// <summary>Answers a pre-vote request.</summary>
public sealed class PreVoteResponse() : Message(MessageKind.PreVoteResponse)
{
    /// <summary>Whether the answerer would vote for the asker.</summary>
    public required bool Granted { get; init; }
}
