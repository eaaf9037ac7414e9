namespace RaftKv.Node.Driver;

/// <summary>The machine's answer to one of this node's own proposals.</summary>
/// <param name="requestId">The number the proposal was made under.</param>
/// <param name="result">The answer.</param>
public readonly struct ProposalAnswer(long requestId, CommandResult result)
{
    /// <summary>The number the proposal was made under.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>The answer.</summary>
    public CommandResult Result { get; } = result;
}
