using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Testing.World;

/// <summary>A hand-over of leadership asked for in a simulated run; read it between steps.</summary>
public sealed class SimulatedTransfer : TransferInput
{
    internal SimulatedTransfer(NodeId? target)
        : base(target)
    {
    }

    /// <summary>Whether it has ended. One whose member crashed never does.</summary>
    public bool IsOver => Leader is not null || Failure is not null;

    /// <summary>The new leader; null unless there is one.</summary>
    public NodeId? Leader { get; private set; }

    /// <summary>Why it failed; null unless it did.</summary>
    public RaftKvException? Failure { get; private set; }

    /// <inheritdoc/>
    protected override void Succeed(NodeId leader) => Leader = leader;

    /// <inheritdoc/>
    protected override void Fail(RaftKvException reason) => Failure = reason;
}
