using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="TcpTransport"/>: whoever does not belong is refused with one line, and nobody else notices.</summary>
public sealed class TcpTransportTests : IAsyncDisposable
{
    private const int RefusedEvent = 23;
    private const int LostEvent = 21;

    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly WireFormat Form = WireFormat.OfHandshake("orders") with { Version = WireFormat.VersionMax };

    private readonly RecordingLogger _log = new();
    private readonly RecordingReceiver _atOne = new();
    private readonly RecordingReceiver _atTwo = new();
    private readonly Socket _socketOne = Loopback.Bind();
    private readonly Socket _socketTwo = Loopback.Bind();
    private readonly List<TcpTransport> _open = [];

    [Fact]
    public async Task Messages_and_progress_arrive_in_order_in_both_directions()
    {
        TcpTransport one = Open(One, _socketOne, Two, _socketTwo, _atOne);
        TcpTransport two = Open(Two, _socketTwo, One, _socketOne, _atTwo);
        await ReachesAsync(one, Beat(One, Two, 0), _atTwo);
        await ReachesAsync(two, Beat(Two, One, 0), _atOne);
        for (int round = 1; round <= 1000; round++)
        {
            one.Send(Beat(One, Two, round));
            two.Send(Beat(Two, One, round));
        }
        one.Announce(default, new LogIndex(77));
        one.Flush();
        two.Flush();
        await Until.True(() => HasHeard(_atOne, 1000) && HasHeard(_atTwo, 1000) && _atTwo.Applied == 77, "all arrived");
        foreach (RecordingReceiver receiver in (RecordingReceiver[])[_atOne, _atTwo])
            Assert.Equal(Enumerable.Range(1, 1000).Select(n => (long)n), Rounds(receiver).Where(round => round > 0));
        Assert.Empty(_log.Lines(RefusedEvent));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "it does not speak this protocol")]
    [InlineData("RK\u0009.................", "it speaks another version of this protocol")]
    public async Task Garbage_is_refused_with_one_line_while_others_go_on(string garbage, string reason)
    {
        TcpTransport one = Open(One, _socketOne, Two, _socketTwo, _atOne);
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        await ReachesAsync(one, Beat(One, Two, 1), _atTwo);
        using Socket stranger = await Loopback.ConnectAsync(Loopback.AddressOf(_socketTwo));
        string address = stranger.LocalEndPoint!.ToString()!;
        await stranger.SendAsync(Encoding.ASCII.GetBytes(garbage));
        await Loopback.ReadToEndAsync(stranger);
        await Until.True(() => _log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.Equal([$"Node 2 closed the connection from {address}: {reason}"], _log.Lines(RefusedEvent));
        await ReachesAsync(one, Beat(One, Two, 2), _atTwo);
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_told_and_logged()
    {
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        Open(One, _socketOne, Two, _socketTwo, _atOne, cluster: "other");
        await Until.True(() => _log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.EndsWith("it belongs to another cluster", _log.Lines(RefusedEvent)[0], StringComparison.Ordinal);
        await Until.True(() => WasLost("another cluster"), "the other side knows");
    }

    [Fact]
    public async Task A_member_that_looks_for_another_is_told_whom_it_found()
    {
        NodeId three = new(3);
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        Open(One, _socketOne, three, _socketTwo, _atOne);
        string expected = "it refused us: it looks for member 3, this is member 2";
        await Until.True(() => WasLost(expected), "the refusal is logged");
    }

    [Fact]
    public async Task A_stranger_with_the_right_words_is_no_member()
    {
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        using Socket stranger = await IntroducedAsync(new NodeId(9));
        string said = Encoding.UTF8.GetString(await Loopback.ReadToEndAsync(stranger));
        Assert.EndsWith("it says it is member 9, which is no other member here", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_announced_over_the_limit_ends_the_connection_at_once()
    {
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        using Socket member = await IntroducedAsync(One);
        byte[] frame = new byte[Frame.HeaderBytes];
        Frame.Seal(frame, FrameKind.Messages, Form);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), 0x8000_0000);
        await member.SendAsync(frame, TestContext.Current.CancellationToken);
        await Loopback.ReadToEndAsync(member);
        await Until.True(() => _log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.EndsWith("it announced a frame over the limit", Assert.Single(_log.Lines(RefusedEvent)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_speaks_only_newer_versions_is_refused_and_one_that_also_speaks_ours_is_let_in()
    {
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        using (Socket newer = await IntroducedAsync(One, versionMin: 2, versionMax: 3))
        {
            string said = Encoding.UTF8.GetString(await Loopback.ReadToEndAsync(newer));
            Assert.EndsWith("it speaks versions 2 to 3 of this protocol, this member 1 to 1", said, StringComparison.Ordinal);
        }
        await Until.True(() => _log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.Single(_log.Lines(RefusedEvent));
        using Socket both = await IntroducedAsync(One, versionMin: 0, versionMax: 9);
        byte[] welcome = new byte[Frame.HeaderBytes + 2];
        for (int count = 0; count < welcome.Length;)
            count += await both.ReceiveAsync(welcome.AsMemory(count), TestContext.Current.CancellationToken);
        Assert.Equal((FrameKind.Welcome, 1), ((FrameKind)welcome[3], welcome[Frame.HeaderBytes]));
    }

    [Fact]
    public async Task A_message_in_anothers_name_ends_the_connection()
    {
        Open(Two, _socketTwo, One, _socketOne, _atTwo);
        using Socket member = await IntroducedAsync(One);
        FrameBuffer frames = new(Form);
        frames.Begin();
        frames.AddMessage(Beat(new NodeId(3), Two, 1));
        frames.End(FrameKind.Messages);
        await member.SendAsync(frames.Written, TestContext.Current.CancellationToken);
        await Loopback.ReadToEndAsync(member);
        await Until.True(() => _log.Lines(RefusedEvent).Length > 0, "the refusal is logged");
        Assert.EndsWith("a frame is malformed", Assert.Single(_log.Lines(RefusedEvent)), StringComparison.Ordinal);
        Assert.Empty(_atTwo.Messages);
    }

    [Fact]
    public async Task Half_open_connections_do_not_keep_a_member_out()
    {
        Open(Two, _socketTwo, One, _socketOne, _atTwo, halfOpenMax: 4);
        List<Socket> silent = [];
        for (int i = 0; i < 20; i++)
            silent.Add(await Loopback.ConnectAsync(Loopback.AddressOf(_socketTwo)));
        TcpTransport one = Open(One, _socketOne, Two, _socketTwo, _atOne);
        await ReachesAsync(one, Beat(One, Two, 1), _atTwo);
        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_peer_that_comes_back_is_found_again()
    {
        using ReservedPort port = new();
        Socket first = port.Bind();
        TcpTransport two = Open(Two, first, One, _socketOne, _atTwo);
        TcpTransport one = Open(One, _socketOne, Two, first, _atOne);
        one.Announce(default, new LogIndex(5));
        await ReachesAsync(one, Beat(One, Two, 1), _atTwo);
        int before = _atOne.Unreachable;
        await two.DisposeAsync();
        await Until.True(() => _atOne.Unreachable > before, "the loss is reported");
        RecordingReceiver reborn = new();
        Open(Two, port.Bind(), One, _socketOne, reborn);
        await ReachesAsync(one, Beat(One, Two, 2), reborn);
        await Until.True(() => reborn.Applied == 5, "the progress is told again");
    }

    [Fact]
    public async Task A_node_that_is_no_member_is_refused_but_may_be_let_in_at_the_address_it_names()
    {
        EndPoint addressOfOne = Loopback.AddressOf(_socketOne);
        TcpTransport one = Open(One, _socketOne, Two, _socketTwo, _atOne, knowsItself: true);
        TcpTransport two = Open(Two, _socketTwo, new NodeId(3), _socketTwo, _atTwo);
        await Until.True(() => !_atTwo.Knocks.IsEmpty, "the stranger is heard of");
        Assert.Equal((One, addressOfOne), _atTwo.Knocks.First());
        two.UpdatePeers(new Dictionary<NodeId, EndPoint> { [One] = addressOfOne });
        MemberNotice notice = new(new GroupId(3), new LogIndex(9), true, Configuration.Parse("voters=(2 4) addresses=(4:db4:80)"));
        await Until.True(
            () =>
            {
                one.Send(Beat(One, Two, 1));
                one.Flush();
                two.SendMembers(One, notice);
                two.Flush();
                return !_atOne.Notices.IsEmpty && !_atTwo.Messages.IsEmpty;
            },
            "they talk to each other");
        Assert.Equal(notice, _atOne.Notices.First());
    }

    // Whoever holds the connection while another flushes must look at the queue afterwards, or not hold it.
    [Fact]
    public async Task What_is_flushed_leaves_also_while_others_ask_what_the_peers_speak()
    {
        CountingReceiver received = new();
        Open(Two, _socketTwo, One, _socketOne, received);
        TcpTransportOptions options =
            new() { Self = One, ClusterId = "orders", Peers = new Dictionary<NodeId, EndPoint>(), Listener = _socketOne, Seed = 1 };
        EndPoint address = Loopback.AddressOf(_socketTwo);
        using PeerSender sender = new(options, Two, address, new Connector(options, () => ""), new QueueRoom(1024 * 1024), _atOne);
        using CancellationTokenSource over = new();
        Task sending = sender.RunAsync(over.Token);
        await Until.True(() => sender.Formats is not null, "the members are connected");
        Task asking = Task.Run(
            () =>
            {
                while (sender.Formats is not null)
                {
                }
            },
            Token);
        int left = 0;
        do
        {
            sender.Send(Beat(One, Two, left));
            sender.Flush();
        }
        while (await received.Arrived.WaitAsync(TimeSpan.FromSeconds(30), Token) && ++left < 2000);
        await over.CancelAsync();
        await sending;
        await asking;
        Assert.Equal(2000, left);
    }

    [Fact]
    public void A_full_queue_drops_and_says_so()
    {
        int bytes = FrameBuffer.BytesOf(Beat(One, Two, 1));
        QueueRoom room = new(2 * bytes - 1);
        PeerQueue queue = new(room);
        Assert.True(queue.TryAdd(Beat(One, Two, 1)));
        Assert.False(queue.TryAdd(Beat(One, Two, 2)));
        FrameBuffer portion = Assert.Single(queue.Take(out _, out _));
        Assert.False(queue.TryAdd(Beat(One, Two, 2)));
        Assert.Equal(bytes, room.Used);
        queue.GiveBack(portion);
        Assert.Equal(0, room.Used);
        Assert.True(queue.TryAdd(Beat(One, Two, 3)));
    }

    [Fact]
    public void A_stuck_peer_takes_nothing_from_the_others_and_one_that_is_none_any_more_gives_all_back()
    {
        int bytes = FrameBuffer.BytesOf(Beat(One, Two, 1));
        QueueRoom room = new(10 * bytes);
        room.Share(2);
        PeerQueue stuck = new(room);
        PeerQueue other = new(room);
        Assert.Equal(5, Enumerable.Range(0, 100).Count(n => stuck.TryAdd(Beat(One, Two, n))));
        Assert.Equal(5, Enumerable.Range(0, 100).Count(n => other.TryAdd(Beat(One, Two, n))));
        Assert.Equal(10 * bytes, room.Used);
        FrameBuffer taken = Assert.Single(stuck.Take(out _, out _));
        stuck.Close();
        Assert.Equal(5 * bytes, room.Used);
        stuck.GiveBack(taken);
        Assert.False(stuck.TryAdd(Beat(One, Two, 1)));
        other.Clear();
        Assert.Equal(0, room.Used);
    }

    [Fact]
    public void A_message_longer_than_a_peers_part_finds_room_in_an_empty_queue()
    {
        PeerQueue queue = new(new QueueRoom(1));
        Assert.True(queue.TryAdd(Beat(One, Two, 1)));
        Assert.False(queue.TryAdd(Beat(One, Two, 2)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TcpTransport transport in _open)
            await transport.DisposeAsync();
        _socketOne.Dispose();
        _socketTwo.Dispose();
    }

    private static Heartbeat Beat(NodeId from, NodeId to, long round) =>
        new() { Header = new(default, from, to, new Term(1)), Commit = LogIndex.Zero, Round = round };

    private static IEnumerable<long> Rounds(RecordingReceiver receiver) => receiver.Messages.Select(message => ((Heartbeat)message).Round);

    private static bool HasHeard(RecordingReceiver receiver, long round) => Rounds(receiver).Contains(round);

    // What is sent while no connection stands may be lost, so it is sent until it has come.
    private static Task ReachesAsync(TcpTransport from, Heartbeat beat, RecordingReceiver at) => Until.True(
        () =>
        {
            if (HasHeard(at, beat.Round))
                return true;
            from.Send(beat);
            from.Flush();
            return false;
        },
        $"round {beat.Round} arrives at member {beat.To}");

    private async Task<Socket> IntroducedAsync(NodeId from, byte versionMin = 1, byte versionMax = 1)
    {
        Socket socket = await Loopback.ConnectAsync(Loopback.AddressOf(_socketTwo));
        FrameBuffer hello = new(WireFormat.OfHandshake("orders"));
        hello.Add(FrameKind.Hello, new Handshake
        {
            ClusterId = "orders",
            From = from,
            To = Two,
            Purpose = ConnectionPurpose.Messages,
            VersionMin = versionMin,
            VersionMax = versionMax,
        }.Encode());
        await socket.SendAsync(hello.Written);
        return socket;
    }

    private bool WasLost(string reason) => _log.Lines(LostEvent).Any(line => line.EndsWith(reason, StringComparison.Ordinal));

    private TcpTransport Open(
        NodeId self,
        Socket listener,
        NodeId peer,
        Socket peerSocket,
        ITransportReceiver receiver,
        string cluster = "orders",
        int halfOpenMax = 128,
        bool knowsItself = false)
    {
        EndPoint peerAddress = Loopback.AddressOf(peerSocket);
        listener.Listen();
        Dictionary<NodeId, EndPoint> peers = new() { [peer] = peerAddress };
        if (knowsItself)
            peers.Add(self, Loopback.AddressOf(listener));
        TcpTransport transport = new(
            new TcpTransportOptions
            {
                Self = self,
                ClusterId = cluster,
                Peers = peers,
                Listener = listener,
                QueueBytesMax = 1024 * 1024,
                BodyBytesMax = 1024 * 1024,
                Time = TimeProvider.System,
                Logger = _log,
                Seed = 1,
                HalfOpenMax = halfOpenMax,
                HandshakeTimeout = Until.Patience,
                FrameTimeout = Until.Patience,
            },
            receiver);
        transport.Start();
        _open.Add(transport);
        return transport;
    }

    private sealed class CountingReceiver : ITransportReceiver
    {
        public SemaphoreSlim Arrived { get; } = new(0);

        public ValueTask ReceiveAsync(IReadOnlyList<Message> messages, CancellationToken stopping)
        {
            Arrived.Release(messages.Count);
            return ValueTask.CompletedTask;
        }

        public void PeerApplied(NodeId peer, GroupId group, LogIndex applied)
        {
        }

        public void MembersHeard(NodeId from, MemberNotice notice)
        {
        }

        public void Knocked(NodeId node, EndPoint address)
        {
        }

        public void PeerUnreachable(NodeId peer)
        {
        }
    }
}
