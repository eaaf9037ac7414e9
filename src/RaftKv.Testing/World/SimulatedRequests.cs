using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Raft;

namespace RaftKv.Testing.World;

/// <summary>
/// One run of a simulated member as the layers above see a node. Answers come as events of the simulation, and whoever awaits one
/// goes on inside that event: a program that awaits nothing else runs the same way every time.
/// </summary>
/// <remarks>When the member crashes, what it had not answered fails: writes as <see cref="WriteOutcome.Unknown"/>.</remarks>
internal sealed class SimulatedRequests(SimulatedCluster cluster, SimulatedNode node) : IRaftNode
{
    private readonly TaskCompletionSource<RaftKvException?> _stopped = new();
    private readonly LinkedList<Action<RaftKvException>> _open = new();
    private TaskCompletionSource<NodeId>? _leaderKnown;
    private RaftNodeStatus? _last;
    private RaftKvException? _ended;

    public RaftNodeStatus Status
    {
        get
        {
            if (_ended is null || _last is null)
                _last = Look();
            return _last;
        }
    }

    public NodeId? Leader => _ended is null && node.Driver!.Leader is var leader && leader != NodeId.None ? leader : null;

    public Task<RaftKvException?> Stopped => _stopped.Task;

    public ClusterMembers Members => new(() => Status.Raft, node.Take);

    public ValueTask<CommandResult> ProposeAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        Pending<CommandResult> pending = new(this, WriteOutcome.Unknown);
        if (_ended is null)
            node.Take(new Proposal(payload.Span, node.Envelopes, pending));
        return new ValueTask<CommandResult>(pending.Task);
    }

    public ValueTask ReadBarrierAsync(CancellationToken cancellationToken = default)
    {
        Pending<bool> pending = new(this, WriteOutcome.NotApplied);
        if (_ended is null)
            node.Take(new Read(pending));
        return new ValueTask(pending.Task);
    }

    public Task<NodeId> TransferLeadershipAsync(NodeId? target = null, CancellationToken cancellationToken = default)
    {
        Pending<NodeId> pending = new(this, WriteOutcome.NotApplied);
        if (_ended is null)
            node.Take(new Transfer(target, pending));
        return pending.Task;
    }

    public Task<NodeId> WaitForLeaderAsync(CancellationToken cancellationToken = default)
    {
        if (_ended is not null)
            return Task.FromException<NodeId>(_ended);
        return Leader is { } leader ? Task.FromResult(leader) : (_leaderKnown ??= new TaskCompletionSource<NodeId>()).Task;
    }

    public Task StopAsync(Func<ValueTask> closeMachine) => closeMachine().AsTask();

    /// <summary>The member follows another leader, or none.</summary>
    public void LeaderChanged(NodeId leader)
    {
        if (leader == NodeId.None || _leaderKnown is not { } waiting)
            return;
        _leaderKnown = null;
        Later(() => waiting.TrySetResult(leader));
    }

    /// <summary>The member's run is over.</summary>
    /// <param name="reason">Why; null when it stopped in good order.</param>
    public void End(RaftKvException? reason)
    {
        if (_ended is not null)
            return;
        _last = Look();
        _ended = reason ?? new RaftKvException("The node was stopped.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped };
        _last = Look();
        while (_open.First is { } first)
            first.Value(_ended);
        Later(() => _stopped.TrySetResult(reason));
        if (_leaderKnown is { } waiting)
            Later(() => waiting.TrySetException(_ended));
    }

    private RaftNodeStatus Look() => _ended is not null && _last is not null
        ? new RaftNodeStatus
        {
            NodeId = _last.NodeId,
            Raft = _last.Raft,
            Applied = _last.Applied,
            PendingProposals = 0,
            PendingReads = 0,
            StopReason = _ended,
        }
        : new RaftNodeStatus
        {
            NodeId = node.Id,
            Raft = node.Driver!.Status,
            Applied = node.Driver.Applied,
            PendingProposals = node.Driver.PendingProposals,
            PendingReads = node.Driver.PendingReads,
            IsRebuilding = node.Driver.IsRebuilding,
            StopReason = node.Driver.StopReason,
        };

    private void Later(Action answer) => cluster.Events.After(0, answer);

    // One request that somebody awaits.
    private sealed class Pending<T>
    {
        private readonly TaskCompletionSource<T> _answer = new();
        private readonly SimulatedRequests _owner;
        private readonly LinkedListNode<Action<RaftKvException>> _place;

        public Pending(SimulatedRequests owner, WriteOutcome outcomeOfCrash)
        {
            _owner = owner;
            _place = new LinkedListNode<Action<RaftKvException>>(reason =>
                Fail(new RaftKvException(reason.Message, outcomeOfCrash, null, reason) { Error = reason.Error }));
            owner._open.AddLast(_place);
            if (owner._ended is { } ended)
                Fail(new RaftKvException(ended.Message, WriteOutcome.NotApplied, null, ended) { Error = ended.Error });
        }

        public Task<T> Task => _answer.Task;

        public void Succeed(T result) => End(() => _answer.SetResult(result));

        public void Fail(RaftKvException reason) => End(() => _answer.SetException(reason));

        // Whoever awaits must not call back into the driver that is just answering: it goes on in an event of its own.
        private void End(Action answer)
        {
            if (_place.List is null)
                return;
            _owner._open.Remove(_place);
            _owner.Later(answer);
        }
    }

    private sealed class Proposal(ReadOnlySpan<byte> payload, EnvelopePool? pool, Pending<CommandResult> pending)
        : ProposalInput(payload, pool)
    {
        private readonly Pending<CommandResult> _pending = pending;

        protected override void Succeed(CommandResult result) => _pending.Succeed(result);

        protected override void Fail(RaftKvException reason) => _pending.Fail(reason);
    }

    private sealed class Read(Pending<bool> pending) : ReadInput
    {
        protected override void Succeed() => pending.Succeed(true);

        protected override void Fail(RaftKvException reason) => pending.Fail(reason);
    }

    private sealed class Transfer(NodeId? target, Pending<NodeId> pending) : TransferInput(target)
    {
        protected override void Succeed(NodeId leader) => pending.Succeed(leader);

        protected override void Fail(RaftKvException reason) => pending.Fail(reason);
    }
}
