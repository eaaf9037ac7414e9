namespace RaftKv.Node.Workers;

/// <summary>
/// The time that a leader's lease is counted in. A process that pauses misses ticks of its timer, while the others' promises run out;
/// a leader therefore takes every tick that the clock says is due, before it looks at its lease. The loop owns it.
/// </summary>
internal sealed class LeaseClock(TimeProvider time, TimeSpan tick)
{
    private long _since = time.GetTimestamp();
    private long _taken;

    /// <summary>Leadership has not begun: what passed before is nobody's lease.</summary>
    public void Restart() => (_since, _taken) = (time.GetTimestamp(), 0);

    /// <summary>Takes the ticks that are due.</summary>
    public long TakeDue()
    {
        long passed = time.GetElapsedTime(_since).Ticks / tick.Ticks;
        long due = passed - _taken;
        _taken = passed;
        return due;
    }
}
