using System.Threading.Tasks.Sources;

namespace RaftKv.Node.Transport;

/// <summary>
/// Wakes one waiting task. Setting it before the wait begins is not lost; setting it many times is the same as once.
/// The waiter continues on the thread pool, never inside <see cref="Set"/>.
/// </summary>
internal sealed class Signal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Ready = 2;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public void Set()
    {
        if (Volatile.Read(ref _state) == Ready)
            return;
        if (Interlocked.Exchange(ref _state, Ready) == Waiting)
            _core.SetResult(true);
    }

    /// <summary>Completes once the signal is set, and takes it back. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Ready)
        {
            Volatile.Write(ref _state, Idle);
            return ValueTask.CompletedTask;
        }
        return new ValueTask(this, _core.Version);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        Volatile.Write(ref _state, Idle);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
