namespace RaftKv.Raft.Messages;

/// <summary>Asks the leader to hand leadership over.</summary>
public sealed class TransferRequest() : Message(MessageKind.TransferRequest)
{
    /// <summary>Who shall lead.</summary>
    public required NodeId Target { get; init; }
}
