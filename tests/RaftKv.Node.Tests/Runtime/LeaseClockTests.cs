using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="LeaseClock"/>; Raft thesis 6.4.1.</summary>
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
