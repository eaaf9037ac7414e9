using System.Threading.Tasks.Sources;
using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;

namespace RaftKv.Node.Workers;

/// <summary>A proposal that a task awaits. It is used again once its result was taken; one that failed is not.</summary>
/// <remarks>
/// A proposal that succeeded is in nobody's hands but the awaiter's: the driver lets go of it before it tells the result, while one that
/// failed may stand in a list of the driver's yet.
/// </remarks>
internal sealed class ProposalTask : ProposalInput, IValueTaskSource<CommandResult>
{
    // Whoever takes a result mostly proposes next, on the same thread.
    [ThreadStatic]
    private static ProposalTask? _spare;

    private RequestLimit _limit = null!;
    private NodeMetrics _metrics = null!;
    private long _start;
    private int _payloadBytes;
    private ManualResetValueTaskSourceCore<CommandResult> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private int _isOver;

    private ProposalTask()
    {
    }

    public ValueTask<CommandResult> Task => new(this, _core.Version);

    /// <summary>A request for a command, which is copied.</summary>
    /// <param name="payload">The command.</param>
    /// <param name="limit">Where its room is given back to.</param>
    /// <param name="metrics">Counts it.</param>
    /// <param name="pool">Where the copy's memory comes from; null for memory of its own.</param>
    public static ProposalTask Begin(ReadOnlySpan<byte> payload, RequestLimit limit, NodeMetrics metrics, EnvelopePool? pool)
    {
        ProposalTask task = _spare ?? new ProposalTask();
        _spare = null;
        (task._limit, task._metrics, task._start, task._payloadBytes) = (limit, metrics, metrics.Start(), payload.Length);
        task._isOver = 0;
        task.Begin(payload, pool);
        return task;
    }

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
        // A cancellation that is under way ends first; afterwards nobody else has this request.
        _cancellation.Dispose();
        CommandResult result = _core.GetResult(token);
        _core.Reset();
        Forget();
        _spare = this;
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<CommandResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<CommandResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    // What waits for the next proposal holds nothing of this one's.
    private void Forget()
    {
        (_limit, _metrics, _cancellation) = (null!, null!, default);
        LetGo();
    }

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetException(new OperationCanceledException(token));
    }
}
