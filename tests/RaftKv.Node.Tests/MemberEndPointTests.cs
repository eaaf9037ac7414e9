using System.Net;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Tests;

/// <summary>Source: <see cref="MemberEndPoint"/>: what a configuration or a stranger names is an address or none, and never a failure.</summary>
public sealed class MemberEndPointTests
{
    [Theory]
    [InlineData("10.0.0.1:7000")]
    [InlineData("[::1]:7000")]
    [InlineData("db1.example:7000")]
    public void An_address_is_read_back(string text)
    {
        Assert.True(MemberEndPoint.TryParse(text, out EndPoint? address));
        Assert.Equal(text, MemberEndPoint.Format(address));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":7000")]
    [InlineData("[]:7000")]
    [InlineData("db1")]
    [InlineData("db1:")]
    [InlineData("db1:70000")]
    [InlineData("db1:-1")]
    public void What_names_no_host_or_no_port_is_no_address(string text) => Assert.False(MemberEndPoint.TryParse(text, out _));

    [Fact]
    public void Every_text_that_a_configuration_can_carry_is_an_address_or_none()
    {
        const string Signs = "[]:.%0a1-";
        for (int length = 1; length <= 4; length++)
        {
            for (int number = 0; number < Math.Pow(Signs.Length, length); number++)
            {
                string host = string.Concat(Enumerable.Range(0, length).Select(i => Signs[(int)(number / Math.Pow(Signs.Length, i)) % Signs.Length]));
                Assert.True(MemberAddress.IsValid($"{host}:7000"));
                _ = MemberEndPoint.TryParse($"{host}:7000", out _);
            }
        }
    }
}
