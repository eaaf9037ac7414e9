namespace RaftKv.Raft;

/// <summary>One command on its way into the log.</summary>
/// <param name="requestId">The proposer's number, increasing within one run of its member.</param>
/// <param name="payload">Bytes that nobody writes any more.</param>
public readonly struct Proposal(long requestId, ReadOnlyMemory<byte> payload)
{
    /// <summary>The proposer's number, increasing within one run of its member.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>The command.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;
}
