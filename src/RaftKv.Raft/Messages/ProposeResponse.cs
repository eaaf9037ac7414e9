namespace RaftKv.Raft.Messages;

/// <summary>Answers a forwarded batch, one answer per command.</summary>
public sealed class ProposeResponse() : Message(MessageKind.ProposeResponse)
{
    /// <summary>The proposer's run.</summary>
    public required long Session { get; init; }

    /// <summary>The answers, in the order of the commands.</summary>
    public required ReadOnlyMemory<ProposalResult> Results { get; init; }
}
