namespace RaftKv.Raft.Messages;

/// <summary>Asks for a vote (Raft 5.2).</summary>
public sealed class VoteRequest() : Message(MessageKind.VoteRequest)
{
    /// <summary>The sender's last entry (Raft 5.4.1).</summary>
    public required LogPosition Last { get; init; }

    /// <summary>
    /// Whether the current leader asked the sender to take over, so that members in contact with it answer (thesis 3.10).
    /// </summary>
    public bool Transfer { get; init; }
}
