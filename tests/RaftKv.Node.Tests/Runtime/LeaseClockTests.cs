using RaftKv.Node.Driver;
using RaftKv.Node.Telemetry;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="LeaseClock"/> and <see cref="GroupRunner"/>; Raft thesis 6.4.1.</summary>
public sealed class LeaseClockTests
{
    [Fact]
    public void Every_tick_that_has_passed_is_taken_once_however_late()
    {
        ManualTime time = new();
        LeaseClock lease = new(time, TimeSpan.FromMilliseconds(100));
        time.Now += TimeSpan.FromMilliseconds(99);
        Assert.Equal(0, lease.TakeDue());
        time.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(1, lease.TakeDue());
        Assert.Equal(0, lease.TakeDue());
        time.Now += TimeSpan.FromSeconds(3);
        Assert.Equal(30, lease.TakeDue());
    }

    // The heartbeat that the lease counts from has left when the process pauses: the other's promise runs out meanwhile.
    [Theory]
    [InlineData(0, true)]
    [InlineData(5, false)]
    public void A_pause_right_after_the_first_heartbeat_of_a_leader_counts(int seconds, bool isHeld)
    {
        ManualTime time = new();
        TimeSpan tick = TimeSpan.FromMilliseconds(100);
        using LeasedLeader member = new(time, tick);
        bool hasPaused = false;
        member.Sending = message =>
        {
            if (hasPaused || message is not Heartbeat)
                return;
            hasPaused = true;
            time.Now += TimeSpan.FromSeconds(seconds);
        };
        for (int ticks = 0; ticks < 100 && member.Driver.Commit == LogIndex.Zero; ticks++)
        {
            time.Now += tick;
            member.Input(TickInput.Instance);
        }
        Assert.True(hasPaused);
        int asked = 0;
        member.Sending = message => asked += message is Heartbeat ? 1 : 0;
        using NodeMetrics metrics = new(new RaftNodeOptions());
        ReadTask read = new(new RequestLimit(1, new MemoryShare(1 << 20)), metrics);
        member.Input(read);
        Assert.Equal((isHeld, isHeld), (read.Task.IsCompletedSuccessfully, asked == 0));
    }

    [Fact]
    public void What_passed_before_leadership_is_not_made_up()
    {
        ManualTime time = new();
        LeaseClock lease = new(time, TimeSpan.FromMilliseconds(100));
        time.Now += TimeSpan.FromSeconds(3);
        lease.Restart();
        Assert.Equal(0, lease.TakeDue());
    }
}
