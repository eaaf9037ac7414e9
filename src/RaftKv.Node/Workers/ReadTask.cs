using System.Threading.Tasks.Sources;
using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;

namespace RaftKv.Node.Workers;

/// <summary>A read that a task awaits.</summary>
internal sealed class ReadTask(RequestLimit limit, NodeMetrics metrics) : ReadInput, IValueTaskSource
{
    private readonly long _start = metrics.Start();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private int _isOver;

    public ValueTask Task => new(this, _core.Version);

    /// <summary>Lets a token end the wait.</summary>
    public void CancelWith(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static (self, token) => ((ReadTask)self!).Cancel(token), this);
    }

    protected internal override void Succeed()
    {
        limit.Leave(0);
        metrics.ReadEnded("confirmed", _start);
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetResult(true);
    }

    protected internal override void Fail(RaftKvException reason)
    {
        limit.Leave(0);
        metrics.ReadEnded("failed", _start);
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetException(reason);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _cancellation.Dispose();
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _core.SetException(new OperationCanceledException(token));
    }
}
