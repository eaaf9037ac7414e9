using System.Threading.Tasks.Sources;
using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;

namespace RaftKv.Node.Workers;

/// <summary>A proposal that a task awaits.</summary>
internal sealed class ProposalTask : ProposalInput, IValueTaskSource<CommandResult>
{
    private readonly RequestLimit _limit;
    private readonly NodeMetrics _metrics;
    private readonly long _start;
    private readonly int _payloadBytes;
    private ManualResetValueTaskSourceCore<CommandResult> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private int _isOver;

    public ProposalTask(ReadOnlySpan<byte> payload, RequestLimit limit, NodeMetrics metrics)
        : base(payload)
    {
        _metrics = metrics;
        _start = metrics.Start();
        _limit = limit;
        _payloadBytes = payload.Length;
    }

    public ValueTask<CommandResult> Task => new(this, _core.Version);

    /// <summary>Lets a token end the wait. The proposal itself goes on, and so does its place in the limits.</summary>
    public void CancelWith(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static (self, token) => ((ProposalTask)self!).Cancel(token), this);
    }

    protected internal override void Succeed(CommandResult result)
    {
        _limit.Leave(_payloadBytes);
        _metrics.ProposalEnded("applied", _start);
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetResult(result);
    }

    protected internal override void Fail(RaftKvException reason)
    {
        _limit.Leave(_payloadBytes);
        _metrics.ProposalEnded(reason.Outcome == WriteOutcome.NotApplied ? "not_applied" : "unknown", _start);
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetException(reason);
    }

    CommandResult IValueTaskSource<CommandResult>.GetResult(short token)
    {
        _cancellation.Dispose();
        return _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<CommandResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<CommandResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetException(new OperationCanceledException(token));
    }
}
