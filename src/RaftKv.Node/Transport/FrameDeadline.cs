namespace RaftKv.Node.Transport;

/// <summary>
/// Closes a connection on which a frame was begun and does not become whole: its length was damaged on the way, or bytes of it were
/// lost, and everything after would be taken for its rest. Used by the one task that reads.
/// </summary>
internal sealed class FrameDeadline : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly ITimer _timer;
    private bool _isRunning;

    public FrameDeadline(TcpTransportOptions options, Connection connection)
    {
        _patience = options.FrameTimeout;
        _timer = options.Time.CreateTimer(
            static late => ((Connection)late!).Close("a frame did not become whole in time"), connection,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waiting for more bytes begins.</summary>
    /// <param name="partial">Whether bytes of a frame are there whose rest is not.</param>
    public void Wait(bool partial)
    {
        if (!partial || _isRunning)
            return;
        _isRunning = true;
        _timer.Change(_patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The frame is whole: what takes time now is this side's own work, and the next frame has its own time.</summary>
    public void Stop()
    {
        if (!_isRunning)
            return;
        _isRunning = false;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
