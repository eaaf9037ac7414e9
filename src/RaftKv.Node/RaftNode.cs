using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node;

/// <summary>
/// One running member of one group: it replicates commands to the others and applies them to a state machine. All members may be
/// called from any thread.
/// </summary>
public sealed class RaftNode : IRaftNode, IAsyncDisposable
{
    private readonly RaftNodeOptions _options;
    private readonly GroupParts _parts;

    internal RaftNode(RaftNodeOptions options, GroupParts parts)
    {
        _options = options;
        _parts = parts;
        Members = new ClusterMembers(() => Status.Raft, new MembershipRoute(parts, options).ChangeAsync);
    }

    /// <summary>This member's number.</summary>
    public NodeId NodeId => _options.NodeId;

    /// <summary>Who belongs to the cluster, and changing that.</summary>
    public ClusterMembers Members { get; }

    /// <summary>The group; 0 unless a <see cref="NodeHost"/> carries it under another number.</summary>
    public GroupId Group => _parts.Id;

    /// <summary>Where the other members reach this one; null when it opened no socket.</summary>
    public IPEndPoint? ListenEndPoint => _parts.Host.ListenEndPoint;

    /// <summary>The node's state, at most a tick old; a change of role or leader shows at once.</summary>
    public RaftNodeStatus Status => _parts.Board.Status;

    /// <summary>The leader known here, or null.</summary>
    public NodeId? Leader => Status.Raft.Leader is var leader && leader != NodeId.None ? leader : null;

    /// <summary>Completes when the node has stopped: with null when it was disposed of, else with what it could not go on after.</summary>
    public Task<RaftKvException?> Stopped => _parts.Board.Stopped;

    /// <inheritdoc cref="GroupParts.IsWritten"/>
    internal bool IsWritten => _parts.IsWritten;

    /// <summary>Starts a node around a machine that exists already, in memory or in a place of its own.</summary>
    /// <param name="options">How the node is set up.</param>
    /// <param name="machine">The machine; the caller keeps it and disposes of it after the node.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="RaftKvException">The node cannot start; the message says why in one sentence.</exception>
    public static Task<RaftNode> StartAsync(
        RaftNodeOptions options, IStateMachine machine, CancellationToken cancellationToken = default) =>
        StartAsync(options, _ => machine, cancellationToken);

    /// <summary>Starts a node around a machine that keeps its files in the node's directory.</summary>
    /// <param name="options">How the node is set up.</param>
    /// <param name="openMachine">
    /// Opens the machine in the directory <c>store</c>, after the node's directory is locked and known to be this node's. The caller
    /// keeps the machine and disposes of it after the node, also when starting fails. When it throws <see cref="StorageCorruptException"/>
    /// and the state can be got from elsewhere, the files are set aside and it is called again: see <see cref="MachineFiles"/>.
    /// </param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="RaftKvException">The node cannot start; the message says why in one sentence.</exception>
    public static async Task<RaftNode> StartAsync(
        RaftNodeOptions options, Func<IStorageDirectory, IStateMachine> openMachine, CancellationToken cancellationToken = default)
    {
        OptionsCheck.Require(options);
        ArgumentNullException.ThrowIfNull(openMachine);
        // Opening reads the whole log, which may take seconds: not on the caller's thread.
        GroupParts parts = await Task.Run(() => OpenAsync(options, openMachine), cancellationToken).ConfigureAwait(false);
        parts.Host.Start();
        parts.Start();
        return new RaftNode(options, parts);
    }

    /// <summary>Replicates a command and returns the machine's answer. Works on every member.</summary>
    /// <param name="payload">The command; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; the write may still happen.</param>
    /// <returns>To be awaited once, as every <see cref="ValueTask{T}"/>: what stands behind it is used again.</returns>
    /// <exception cref="RaftKvException">
    /// The command was not applied, or its fate is unknown: <see cref="RaftKvException.Outcome"/> says which.
    /// </exception>
    public ValueTask<CommandResult> ProposeAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<CommandResult>(cancellationToken);
        return NodeActivities.Wanted
            ? NodeActivities.TraceAsync("raftkv.propose", NodeId, Group, () => Propose(payload, cancellationToken))
            : Propose(payload, cancellationToken);
    }

    /// <summary>
    /// Completes when the local machine holds everything that was acknowledged anywhere before the call, so that reading it is
    /// linearizable (Raft thesis 6.4). Works on every member.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="RaftKvException">No leader confirmed it before the deadline, or the node stopped.</exception>
    public ValueTask ReadBarrierAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return NodeActivities.Wanted
            ? NodeActivities.TraceAsync("raftkv.read_barrier", NodeId, Group, () => ReadBarrier(cancellationToken))
            : ReadBarrier(cancellationToken);
    }

    /// <summary>
    /// Hands leadership to another member (Raft thesis 3.10); completes with the member that leads in a later term, as soon as that
    /// is known here. Only the leader can do it. Writes wait meanwhile and go on with whoever leads then.
    /// </summary>
    /// <param name="target">The member that is to lead; null, the default, for the one that holds most of the log.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; it may still happen.</param>
    /// <returns>The new leader: the target, unless its election was disturbed and another member won the next one.</returns>
    /// <remarks>
    /// An attempt takes an election timeout at most, then this member leads on and makes another one. The last may still succeed
    /// when <see cref="RaftNodeOptions.RequestTimeout"/> has ended the call.
    /// </remarks>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.NotLeader"/>: this member does not lead. <see cref="RaftKvError.InvalidTarget"/>: the target is this
    /// member or no voter. <see cref="RaftKvError.Busy"/>: another target was named before. <see cref="RaftKvError.Timeout"/>: it did
    /// not happen before the deadline. The outcome is <see cref="WriteOutcome.NotApplied"/> in all cases.
    /// </exception>
    public Task<NodeId> TransferLeadershipAsync(NodeId? target = null, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<NodeId>(cancellationToken);
        TransferTask transfer = new(target);
        _parts.Post(transfer, isAlone: true);
        return transfer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Completes with the leader once one is known here.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.NoLeader"/>: none was known within <see cref="RaftNodeOptions.RequestTimeout"/>; or the node stopped before.
    /// </exception>
    public Task<NodeId> WaitForLeaderAsync(CancellationToken cancellationToken = default) =>
        _parts.Board.WaitForLeaderAsync(_options.RequestTimeout, _options.TimeProvider, cancellationToken);

    /// <summary>
    /// Stops the node: new requests are refused as <see cref="RaftKvError.Stopped"/>, those under way end, a leader hands over to
    /// another member; then what is queued for the disk is written, and connections and files are closed.
    /// </summary>
    /// <remarks>
    /// <see cref="RaftNodeOptions.StopTimeout"/> bounds the first part; requests that have not ended then are told whether they may
    /// have happened. The lock on the data directory is given back when nothing of the node uses the machine any more; a machine that
    /// keeps files open there is closed under the lock by <see cref="StopAsync"/>.
    /// </remarks>
    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    /// <summary>Stops the node as <see cref="DisposeAsync"/> does, and closes the machine before the lock is given back.</summary>
    /// <param name="closeMachine">
    /// Closes the machine; called when the node no longer uses it. A node that has stopped before, by a fault or another call, has
    /// given the lock back already. Called once for each call of this method, so it must bear being called again.
    /// </param>
    public Task StopAsync(Func<ValueTask> closeMachine)
    {
        ArgumentNullException.ThrowIfNull(closeMachine);
        return _parts.CloseWithMachineAsync(closeMachine);
    }

    // A host that carries this group alone.
    private static async Task<GroupParts> OpenAsync(RaftNodeOptions options, Func<IStorageDirectory, IStateMachine> openMachine)
    {
        HostParts? host = null;
        try
        {
            host = Opening.Guard(() => HostParts.Open(options));
            return Opening.Guard(() => new GroupParts(
                default, options.AllMembers(), options, host, host.Machine(default, openMachine), ownsHost: true));
        }
        catch
        {
            if (host is not null)
            {
                await host.CloseAsync().ConfigureAwait(false);
                host.Unlock();
            }
            throw;
        }
    }

    private ValueTask<CommandResult> Propose(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (payload.Length > _options.PayloadBytesMax)
        {
            return ValueTask.FromException<CommandResult>(Refusal(RaftKvError.TooLarge,
                $"The command has {payload.Length} bytes, but at most {_options.PayloadBytesMax} are allowed."));
        }
        if (_parts.Host.Disk.IsFull && (Leader is null || Leader == NodeId))
        {
            return ValueTask.FromException<CommandResult>(Refusal(RaftKvError.NoSpace,
                "The disk has no room for the log, and no other member leads."));
        }
        if (_parts.Host.Memory.Entries.IsFull && (Leader is null || Leader == NodeId))
            return ValueTask.FromException<CommandResult>(Refusal(RaftKvError.Busy, "The disk does not keep up with the writes."));
        if (!_parts.ProposalLimit.TryEnter(payload.Length))
            return ValueTask.FromException<CommandResult>(Refusal(RaftKvError.Busy, "Too many writes are waiting already."));
        ProposalTask proposal = ProposalTask.Begin(payload.Span, _parts.ProposalLimit, _parts.Host.Metrics, _parts.Envelopes);
        ValueTask<CommandResult> task = proposal.Task;
        proposal.CancelWith(cancellationToken);
        _parts.Post(proposal, _parts.ProposalLimit.Count == 1);
        return task;
    }

    private ValueTask ReadBarrier(CancellationToken cancellationToken)
    {
        if (!_parts.ReadLimit.TryEnter(0))
            return ValueTask.FromException(Refusal(RaftKvError.Busy, "Too many reads are waiting already."));
        ReadTask read = new(_parts.ReadLimit, _parts.Host.Metrics);
        ValueTask task = read.Task;
        read.CancelWith(cancellationToken);
        _parts.Post(read, _parts.ReadLimit.Count == 1);
        return task;
    }

    private RaftKvException Refusal(RaftKvError error, string message)
    {
        _parts.Host.Metrics.Refused(error);
        return new RaftKvException(message, WriteOutcome.NotApplied, Leader) { Error = error };
    }
}
