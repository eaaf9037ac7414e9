using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>A wish to hand leadership over, and who waits for it.</summary>
/// <param name="target">The member that is to lead; null for the one that holds most of the log.</param>
public abstract class TransferInput(NodeId? target) : RequestInput
{
    /// <summary>The member that is to lead; null for the one that holds most of the log.</summary>
    public NodeId? Target { get; } = target;

    /// <summary>Called once, on the driver's thread, when another member leads. Must not call back into the driver.</summary>
    /// <param name="leader">The member that leads; after a disturbed election not always the target.</param>
    protected internal abstract void Succeed(NodeId leader);
}
