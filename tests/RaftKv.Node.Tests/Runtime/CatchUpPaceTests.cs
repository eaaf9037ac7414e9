using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="CatchUpPace"/>.</summary>
public sealed class CatchUpPaceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void What_is_read_back_is_paid_for_at_the_lowest_rate_while_nothing_is_written()
    {
        CatchUpPace pace = new(1000, _time);
        Assert.Equal(TimeSpan.FromSeconds(1), pace.Pay(1000));
        Assert.Equal(TimeSpan.FromSeconds(1.5), pace.Pay(500));
        _time.Now += TimeSpan.FromSeconds(10);
        Assert.Equal(TimeSpan.FromSeconds(0.1), pace.Pay(100));
    }

    [Fact]
    public void It_is_always_faster_than_what_is_written()
    {
        CatchUpPace pace = new(1000, _time);
        pace.Wrote(10_000);
        _time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.FromSeconds(1.0 / CatchUpPace.LiveFactor), pace.Pay(10_000));
        _time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.FromSeconds(1), pace.Pay(1000));
    }

    [Fact]
    public void Without_a_rate_nothing_is_kept_back()
    {
        CatchUpPace pace = new(0, _time);
        Assert.Equal(TimeSpan.Zero, pace.Pay(long.MaxValue));
    }
}
