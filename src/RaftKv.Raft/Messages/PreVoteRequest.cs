namespace RaftKv.Raft.Messages;

/// <summary>Asks whether the sender could win an election at <see cref="Message.Term"/> (thesis 9.6). Promises nothing.</summary>
public sealed class PreVoteRequest() : Message(MessageKind.PreVoteRequest)
{
    /// <summary>The sender's last entry.</summary>
    public required LogPosition Last { get; init; }
}
