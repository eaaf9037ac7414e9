using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Membership;

/// <summary>Configurations as values, as text and as bytes.</summary>
public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("voters=(1 2 3)")]
    [InlineData("voters=(1 2 3)&&(3 4) learners=(5) learners_next=(4) autoleave")]
    [InlineData("voters=(1) learners=(2 3)")]
    [InlineData("voters=(1 2) learners=(3) joining=(3) witnesses=(2) incarnations=(1:77 2:-5)")]
    [InlineData("voters=(1 2)&&(1 3) addresses=(1:db1.example:7000 3:[::1]:80) autoleave")]
    public void A_configuration_printed_and_parsed_is_the_same(string text)
    {
        Configuration configuration = Configuration.Parse(text);
        Assert.Equal(text, configuration.ToString());
        Assert.True(ConfigurationCodec.TryDecode(ConfigurationCodec.Encode(configuration), out Configuration decoded));
        Assert.Equal(configuration, decoded);
        Assert.Equal(configuration.GetHashCode(), decoded.GetHashCode());
    }

    [Theory]
    [InlineData("voters=(1 1)")]
    [InlineData("voters=(0)")]
    [InlineData("voters=(1) learners=(1)")]
    [InlineData("voters=(1) autoleave")]
    [InlineData("voters=(1)&&(2) learners_next=(1)")]
    [InlineData("voters=() learners=(1)")]
    [InlineData("voters=(1")]
    [InlineData("voters=(x)")]
    [InlineData("votes=(1)")]
    [InlineData("voters=(1) joining=(1)")]
    [InlineData("voters=(1) witnesses=(1)")]
    [InlineData("voters=(1) incarnations=(2:5)")]
    [InlineData("voters=(1) addresses=(2:db2:80)")]
    [InlineData("voters=(1) addresses=(1)")]
    [InlineData("voters=(1) addresses=(1:)")]
    public void A_text_that_is_no_configuration_is_refused(string text) =>
        Assert.Throws<FormatException>(() => Configuration.Parse(text));

    [Fact]
    public void Bytes_that_are_no_configuration_are_refused()
    {
        byte[] bytes = ConfigurationCodec.Encode(Configuration.Parse("voters=(1 2 3)&&(3 4) learners=(5) autoleave"));
        byte[] addressed = ConfigurationCodec.Encode(Configuration.Parse("voters=(1 2) addresses=(1:db1:80 2:db2:80)"));
        int bare = ConfigurationCodec.Encode(Configuration.Of(1, 2)).Length;
        for (int length = bare + 1; length < addressed.Length; length++)
            Assert.False(ConfigurationCodec.TryDecode(addressed.AsSpan(0, length), out _));
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(ConfigurationCodec.TryDecode(bytes.AsSpan(0, length), out _));
        Assert.False(ConfigurationCodec.TryDecode([.. bytes, 0], out _));
        bytes[0] = 9;
        Assert.False(ConfigurationCodec.TryDecode(bytes, out _));
    }
}
