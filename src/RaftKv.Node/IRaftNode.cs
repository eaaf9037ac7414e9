using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>
/// What a layer above asks of a running member: <see cref="RaftNode"/> in production, a simulated member in tests, so that the
/// same layer runs on threads and in virtual time.
/// </summary>
public interface IRaftNode
{
    /// <summary>The node's state, at most a tick old; a change of role or leader shows at once.</summary>
    RaftNodeStatus Status { get; }

    /// <summary>The leader known here, or null.</summary>
    NodeId? Leader { get; }

    /// <summary>Completes when the node has stopped: with null when it was disposed of, else with what it could not go on after.</summary>
    Task<RaftKvException?> Stopped { get; }

    /// <inheritdoc cref="RaftNode.Members"/>
    ClusterMembers Members { get; }

    /// <inheritdoc cref="RaftNode.ProposeAsync"/>
    ValueTask<CommandResult> ProposeAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode.ReadBarrierAsync"/>
    ValueTask ReadBarrierAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode.TransferLeadershipAsync"/>
    Task<NodeId> TransferLeadershipAsync(NodeId? target = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode.WaitForLeaderAsync"/>
    Task<NodeId> WaitForLeaderAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RaftNode.StopAsync"/>
    Task StopAsync(Func<ValueTask> closeMachine);
}
