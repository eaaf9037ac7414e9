using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// Tells the other members how far this one has applied durably: each news at the next tick, and again while there is none. What comes
/// after it they keep, for this member's own log may be damaged.
/// </summary>
internal sealed class AppliedAnnouncement(ITransport transport, GroupId group)
{
    // An unchanged announcement is repeated after this many ticks, for a transport may lose it, then after ever longer pauses.
    private const int PauseTicksMin = 10;
    private const int PauseTicksMax = 160;

    private LogIndex _announced;
    private long _repeatAt = PauseTicksMin;
    private int _pause = PauseTicksMin;

    public void Tick(long tick, LogIndex applied)
    {
        bool isNews = applied != _announced;
        if (!isNews && tick < _repeatAt)
            return;
        _pause = isNews ? PauseTicksMin : Math.Min(2 * _pause, PauseTicksMax);
        _repeatAt = tick + _pause;
        _announced = applied;
        transport.Announce(group, applied);
    }
}
