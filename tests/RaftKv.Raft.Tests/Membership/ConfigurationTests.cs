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
    [InlineData("voters=(1 2) format=1.2")]
    [InlineData("voters=(1)&&(2) incarnations=(1:7) addresses=(2:a:1) format=65535.1 autoleave")]
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
    [InlineData("voters=(1) format=2")]
    [InlineData("voters=(1) format=0.1")]
    [InlineData("voters=(1) format=1.65536")]
    [InlineData("voters=(9223372036854775808)")]
    [InlineData("voters=(1) incarnations=(1:9223372036854775808)")]
    [InlineData("voters=(1) format=9223372036854775808.1")]
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
        // No character of an address, though it would be read as a question mark.
        addressed[^1] = 0xFF;
        Assert.False(ConfigurationCodec.TryDecode(addressed, out _));
    }

    [Fact]
    public void A_configuration_of_the_first_format_has_the_bytes_that_it_had_before_there_were_formats()
    {
        Configuration configuration = Configuration.Parse("voters=(1 2) learners=(3) incarnations=(1:77) addresses=(1:db1:80)");
        const string Bytes = "0100"
            + "020001000000000000000200000000000000" + "0000" + "01000300000000000000" + "0000" + "0000" + "0000"
            + "010001000000000000004D00000000000000" + "0100010000000000000006" + "6462313A3830";
        Assert.Equal(Bytes, Convert.ToHexString(ConfigurationCodec.Encode(configuration)));
        Assert.True(ConfigurationCodec.TryDecode(Convert.FromHexString(Bytes), out Configuration decoded));
        Assert.Equal(LogFormat.First, decoded.Format);
        Assert.Equal(configuration, decoded);
    }

    [Fact]
    public void A_configuration_of_a_later_format_says_so_after_its_flags()
    {
        Configuration configuration = Configuration.Parse("voters=(1) format=2.258");
        const string Bytes = "0200" + "02000201" + "01000100000000000000" + "000000000000000000000000";
        Assert.Equal(Bytes, Convert.ToHexString(ConfigurationCodec.Encode(configuration)));
        Assert.True(ConfigurationCodec.TryDecode(Convert.FromHexString(Bytes), out Configuration decoded));
        Assert.Equal(configuration, decoded);
        Assert.NotEqual(Configuration.Parse("voters=(1)"), decoded);
    }

    [Theory]
    [InlineData("0200" + "01000100")]
    [InlineData("0200" + "00000200")]
    [InlineData("0200" + "0200")]
    [InlineData("0300" + "02000200")]
    public void Bytes_whose_format_is_none_or_has_another_form_are_refused(string start)
    {
        byte[] bytes = Convert.FromHexString(start + "01000100000000000000" + "000000000000000000000000");
        Assert.False(ConfigurationCodec.TryDecode(bytes, out _));
    }
}
