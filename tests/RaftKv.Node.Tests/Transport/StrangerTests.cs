using System.Net.Sockets;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="ConnectionAcceptor"/> and <see cref="PeerSender"/>: what strangers and silent peers can do is bounded.</summary>
[Collection(nameof(Alone))]
public sealed class StrangerTests : IAsyncDisposable
{
    private const int RefusedEvent = 23;

    private readonly List<IAsyncDisposable> _open = [];

    [Fact]
    public async Task Whoever_says_nothing_is_cut_off_after_a_time()
    {
        TcpMember two = Member(new TcpMember(2) { HandshakeTimeout = TimeSpan.FromMilliseconds(30) });
        two.Start();
        using Socket silent = await Loopback.ConnectAsync(two.Address);
        Assert.Empty(await Loopback.ReadToEndAsync(silent));
        await Until.True(() => two.Log.Lines(RefusedEvent).Length == 1, "it is said once");
        Assert.EndsWith(": it did not introduce itself in time", two.Log.Lines(RefusedEvent)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_comes_to_ask_and_asks_nothing_is_cut_off_after_a_time()
    {
        ManualTime time = new();
        TcpMember two = Member(new TcpMember(2) { Time = time });
        two.Start();
        using Socket silent = await IntroducedAsync(new NodeId(3), two, ConnectionPurpose.Membership);
        Assert.NotEqual(0, await silent.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        await Until.True(
            () =>
            {
                time.Advance(two.HandshakeTimeout);
                return two.Log.Lines(RefusedEvent).Length == 1;
            },
            "it is said");
        Assert.EndsWith(": it asked nothing in time", two.Log.Lines(RefusedEvent)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_silent_connections_keep_few_places_and_no_member_out()
    {
        const int Flood = 10_000;
        const int KeptOpen = 300;
        const int HalfOpenMax = 16;
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { HalfOpenMax = HalfOpenMax, HandshakeTimeout = TimeSpan.FromMinutes(5) });
        two.Start((1, one.Address));
        Queue<Socket> silent = [];
        TcpTransport? from = null;
        for (int i = 0; i < Flood; i++)
        {
            silent.Enqueue(await Loopback.ConnectAsync(two.Address));
            if (silent.Count > KeptOpen)
                silent.Dequeue().Dispose();
            if (i == Flood / 2)
                from = one.Start((2, two.Address));
        }
        await Until.True(() => Arrives(from!, two), "the member got in");
        // Of those that stay, all but a few have been closed by the other side.
        await Until.True(() => silent.Count(IsClosed) >= silent.Count - HalfOpenMax, "the others are closed");
        foreach (Socket socket in silent)
            socket.Dispose();
    }

    [Fact]
    public async Task A_large_frame_that_never_ends_takes_no_more_memory_than_was_sent()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2));
        two.Start((1, one.Address), (3, one.Address));
        using Socket slow = await IntroducedAsync(new NodeId(3), two);
        byte[] frame = SealedFrame(60_000_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await slow.SendAsync(frame.AsMemory(0, 100_000));
        TcpTransport from = one.Start((2, two.Address));
        await Until.True(() => Arrives(from, two), "others are served");
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(after - before < 20_000_000, $"{after - before} bytes more are in use.");
        GC.KeepAlive(frame);
    }

    [Fact]
    public async Task A_frame_that_does_not_become_whole_ends_its_connection()
    {
        TcpMember two = Member(new TcpMember(2) { FrameTimeout = TimeSpan.FromMilliseconds(30) });
        two.Start((3, Member(new TcpMember(3)).Address));
        using Socket slow = await IntroducedAsync(new NodeId(3), two);
        await slow.SendAsync(SealedFrame(100_000).AsMemory(0, 50_000));
        await Loopback.ReadToEndAsync(slow);
        await Until.True(() => two.Log.Lines(RefusedEvent).Length == 1, "it is said once");
        Assert.EndsWith(": a frame did not become whole in time", two.Log.Lines(RefusedEvent)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Pauses_double_up_to_a_second_and_differ_between_members()
    {
        Backoff one = new(1);
        Backoff two = new(2);
        List<double> pauses = [];
        int equal = 0;
        for (int i = 0; i < 20; i++)
        {
            pauses.Add(one.Next().TotalMilliseconds);
            equal += pauses[^1] == two.Next().TotalMilliseconds ? 1 : 0;
        }
        for (int i = 0; i < pauses.Count; i++)
            Assert.InRange(pauses[i], Math.Min(1000, 20 << Math.Min(i, 6)) / 2.0, Math.Min(1000, 20 << Math.Min(i, 6)));
        Assert.Equal(0, equal);
        one.Reset();
        Assert.InRange(one.Next().TotalMilliseconds, 10, 20);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable member in _open)
            await member.DisposeAsync();
    }

    private static async Task<Socket> IntroducedAsync(
        NodeId self, TcpMember to, ConnectionPurpose purpose = ConnectionPurpose.Messages)
    {
        Socket socket = await Loopback.ConnectAsync(to.Address);
        FrameBuffer hello = new(WireFormat.OfHandshake("orders"));
        hello.Add(FrameKind.Hello, new Handshake
        {
            ClusterId = "orders",
            From = self,
            To = to.Id,
            Purpose = purpose,
        }.Encode());
        await socket.SendAsync(hello.Written);
        return socket;
    }

    private static byte[] SealedFrame(int bytes)
    {
        byte[] frame = new byte[bytes];
        Frame.Seal(frame, FrameKind.Messages, WireFormat.OfHandshake("orders") with { Version = WireFormat.VersionMax });
        return frame;
    }

    private static bool IsClosed(Socket socket) => socket.Poll(0, SelectMode.SelectRead);

    private static bool Arrives(TcpTransport from, TcpMember to)
    {
        from.Send(new TimeoutNow { Header = new(default, new NodeId(1), to.Id, new Term(1)) });
        from.Flush();
        return !to.Received.Messages.IsEmpty;
    }

    private TcpMember Member(TcpMember member)
    {
        _open.Add(member);
        return member;
    }
}
