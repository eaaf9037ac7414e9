using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: docs/wire.md, what hello and welcome say of log formats.</summary>
public sealed class FormatHandshakeTests
{
    private static readonly LogFormatRange Former = new(LogFormat.First, new LogFormat(1, 2));
    private static readonly LogFormatRange Newer = new(new LogFormat(1, 2), new LogFormat(2, 3));

    [Fact]
    public async Task Peers_know_what_the_other_side_speaks_for_as_long_as_they_are_connected()
    {
        await using TcpMember one = new(1) { Formats = Former };
        using ReservedPort port = new();
        TcpMember two = new(2, port) { Formats = Newer };
        one.Start((2, two.Address));
        Assert.Empty(one.Transport.PeerFormats);
        two.Start((1, one.Address));
        await Until.True(() => Heard(one, 2) == Newer, "member 1 knows what 2 speaks");
        await Until.True(() => Heard(two, 1) == Former, "member 2 knows what 1 speaks");
        Assert.Same(one.Transport.PeerFormats, one.Transport.PeerFormats);
        await two.DisposeAsync();
        await Until.True(() => one.Transport.PeerFormats.Count == 0, "member 1 knows it no longer");
        await using TcpMember back = new(2, port) { Formats = Former };
        back.Start((1, one.Address));
        await Until.True(() => Heard(one, 2) == Former, "member 1 knows what the other build speaks");
        one.Transport.UpdatePeers(TcpMember.Map());
        Assert.Empty(one.Transport.PeerFormats);
    }

    [Fact]
    public async Task Builds_without_a_common_format_refuse_each_other_with_one_line()
    {
        await using TcpMember one = new(1);
        await using TcpMember two = new(2) { Formats = Newer };
        one.Start((2, two.Address));
        two.Start((1, one.Address));
        await Until.True(() => one.Log.Lines(23).Length > 0, "member 1 has refused");
        Assert.Contains("its build speaks log format 1.2 to 2.3, this member's 1.1", one.Log.Lines(23)[0], StringComparison.Ordinal);
        await Until.True(() => one.Log.Lines(21).Length > 0, "member 1 was refused");
        Assert.Contains("it refused us: its build speaks log format 1.1", one.Log.Lines(21)[0], StringComparison.Ordinal);
        Assert.Empty(one.Transport.PeerFormats);
    }

    private static LogFormatRange? Heard(TcpMember member, long peer) =>
        member.Transport.PeerFormats.TryGetValue(new NodeId(peer), out LogFormatRange formats) ? formats : null;
}
