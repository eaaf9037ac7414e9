using FsCheck;
using FsCheck.Fluent;

namespace RaftKv.Tests;

/// <summary>Intervals of keys in byte order.</summary>
public sealed class KeyRangeTests
{
    [Fact]
    public void A_prefix_holds_exactly_the_keys_that_begin_with_it() =>
        Prop.ForAll<byte[], byte[], bool>((prefix, rest, joined) =>
        {
            byte[] key = joined ? [.. prefix, .. rest] : rest;
            bool expected = key.AsSpan().StartsWith(prefix) && (key.Length > 0 || prefix.Length > 0);
            return key.Length == 0 || KeyRange.Prefix(prefix).Contains(key) == expected;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData(new byte[] { 0x61, 0xFF }, new byte[] { 0x62 })]
    [InlineData(new byte[] { 0x61, 0x62 }, new byte[] { 0x61, 0x63 })]
    public void A_prefix_ends_before_its_successor(byte[] prefix, byte[] end) =>
        Assert.Equal(end, KeyRange.Prefix(prefix).End!.Value.ToArray());

    [Fact]
    public void A_prefix_of_greatest_bytes_has_no_end() => Assert.Null(KeyRange.Prefix(new byte[] { 0xFF, 0xFF }).End);

    [Fact]
    public void A_single_key_holds_itself_and_not_its_successor()
    {
        KeyRange single = KeyRange.Single("a");

        Assert.True(single.Contains("a"u8));
        Assert.False(single.Contains("a\0"u8));
        Assert.False(single.Contains("`"u8));
    }

    [Fact]
    public void An_end_at_or_before_the_start_holds_nothing()
    {
        Assert.False(KeyRange.Between("b", "b").Contains("b"u8));
        Assert.False(KeyRange.Between("b", "a").Contains("a"u8));
    }

    [Fact]
    public void What_follows_a_page_begins_after_its_last_key()
    {
        KeyRange rest = KeyRange.Between("a", "c").After("b"u8.ToArray());

        Assert.False(rest.Contains("b"u8));
        Assert.True(rest.Contains("b\0"u8));
        Assert.False(rest.Contains("c"u8));
    }
}
