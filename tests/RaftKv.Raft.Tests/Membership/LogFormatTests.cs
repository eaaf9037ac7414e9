using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Membership;

/// <summary>Formats and ranges of them as values.</summary>
public sealed class LogFormatTests
{
    [Theory]
    [InlineData("1.1 1.3", "1.2", true)]
    [InlineData("1.1 1.3", "1.4", false)]
    [InlineData("1.2 2.3", "1.1", false)]
    [InlineData("1.1 1.3", "2.1", false)]
    [InlineData("1.1 1.1", "1.1", true)]
    public void A_range_covers_what_lies_between_in_both_numbers(string range, string format, bool covers) =>
        Assert.Equal(covers, FormatText.ParseRange(range).Covers(FormatText.Parse(format)));

    [Theory]
    [InlineData("1.1 1.2", "1.2 1.3", true)]
    [InlineData("1.1 1.2", "1.3 1.4", false)]
    [InlineData("1.1 2.1", "2.1 2.5", true)]
    [InlineData("1.1 1.5", "2.1 2.5", false)]
    public void Ranges_overlap_when_there_is_a_format_in_both(string one, string other, bool overlap)
    {
        Assert.Equal(overlap, FormatText.ParseRange(one).Overlaps(FormatText.ParseRange(other)));
        Assert.Equal(overlap, FormatText.ParseRange(other).Overlaps(FormatText.ParseRange(one)));
    }

    [Theory]
    [InlineData("0.1 1.1")]
    [InlineData("1.2 2.1")]
    [InlineData("1.1 1.65536")]
    public void A_range_goes_up_within_the_numbers_there_are(string range)
    {
        Assert.False(FormatText.ParseRange(range).IsValid);
        RaftOptions options = new() { Self = new NodeId(1), Formats = FormatText.ParseRange(range) };
        Assert.Throws<ArgumentOutOfRangeException>(options.Validate);
    }
}
