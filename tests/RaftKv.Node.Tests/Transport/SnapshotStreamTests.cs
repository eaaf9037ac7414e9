using System.Net;
using System.Net.Sockets;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Testing.Network;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="ITransport.FetchSnapshot"/> over TCP.</summary>
public sealed class SnapshotStreamTests : IAsyncDisposable
{
    private const long Length = 5 * 1024 * 1024 + 123;

    private static readonly LogPosition Position = new(new Term(3), new LogIndex(1000));
    private static readonly GroupId Group = new(7);

    private readonly PatternSnapshotSource _source = new(99, Position, Length);
    private readonly List<IAsyncDisposable> _open = [];

    [Fact]
    public async Task A_state_arrives_whole_and_what_was_open_is_closed()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source });
        two.Start((1, one.Address));
        PatternSnapshotSink sink = new();
        one.Start((2, two.Address)).FetchSnapshot(Group, Order(), sink);
        Assert.Null(await Ended(sink));
        Assert.Equal(Length, sink.Holding.Bytes);
        Assert.Equal((Position, Length), (sink.Description!.Position, sink.Description.Length!.Value));
        Assert.Equal([0], sink.Begins);
        await Until.True(() => _source.Open == 0, "the state is closed");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(SnapshotChunk.BytesMax)]
    [InlineData(SnapshotChunk.BytesMax + 1)]
    public async Task States_of_any_length_arrive_also_when_it_is_not_known_before(long length)
    {
        PatternSnapshotSource source = new(5, Position, length) { SaysLength = false };
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = source });
        two.Start((1, one.Address));
        PatternSnapshotSink sink = new();
        one.Start((2, two.Address)).FetchSnapshot(Group, Order(), sink);
        Assert.Null(await Ended(sink));
        Assert.Equal((length, null), (sink.Holding.Bytes, sink.Description!.Length));
    }

    [Fact]
    public async Task A_later_fetch_goes_on_where_an_earlier_one_ended()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source });
        two.Start((1, one.Address));
        TcpTransport transport = one.Start((2, two.Address));
        PatternSnapshotSink first = new();
        first.Writing = end => _ = end > 3 * SnapshotChunk.BytesMax + 100_000 ? throw new IOException("the disk is full") : end;
        transport.FetchSnapshot(Group, Order(), first);
        Assert.Equal("the disk is full", await Ended(first));
        PatternSnapshotSink second = new(first.Holding);
        transport.FetchSnapshot(Group, Order(), second);
        Assert.Null(await Ended(second));
        Assert.Equal([3 * SnapshotChunk.BytesMax], second.Begins);
        Assert.Equal(1, _source.Opened);
    }

    [Fact]
    public async Task A_failure_without_words_ends_a_fetch_as_any_other()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source });
        two.Start((1, one.Address));
        PatternSnapshotSink sink = new() { Writing = _ => throw new IOException("") };
        one.Start((2, two.Address)).FetchSnapshot(Group, Order(), sink);
        Assert.Equal("", await Ended(sink));
    }

    [Fact]
    public async Task What_is_held_of_another_state_is_void()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source });
        two.Start((1, one.Address));
        PatternSnapshotSink sink = new(new SnapshotHolding(98, SnapshotChunk.BytesMax));
        one.Start((2, two.Address)).FetchSnapshot(Group, Order(), sink);
        Assert.Null(await Ended(sink));
        Assert.Equal([0], sink.Begins);
    }

    [Fact]
    public async Task A_member_without_the_state_refuses_and_says_why()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source });
        two.Start((1, one.Address));
        PatternSnapshotSink sink = new();
        one.Start((2, two.Address)).FetchSnapshot(Group, Order(index: 2000), sink);
        Assert.Equal("member 2 refused: there is no state here that includes 3/2000", await Ended(sink));
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_is_given_up_with_the_reason()
    {
        _source.Reading = offset => _ = offset > 0 ? throw new IOException("bad sector") : offset;
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source });
        two.Start((1, one.Address));
        PatternSnapshotSink sink = new();
        one.Start((2, two.Address)).FetchSnapshot(Group, Order(), sink);
        Assert.Equal("member 2 refused: its state cannot be read: bad sector", await Ended(sink));
        Assert.Equal(0, _source.Open);
    }

    [Fact]
    public async Task A_fetch_that_is_replaced_or_stopped_hears_of_it()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source, SnapshotBytesPerSecondMax = 1024 });
        two.Start((1, one.Address));
        TcpTransport transport = one.Start((2, two.Address));
        PatternSnapshotSink first = new();
        PatternSnapshotSink second = new();
        transport.FetchSnapshot(Group, Order(), first);
        transport.FetchSnapshot(Group, Order(), second);
        Assert.Equal("the fetch was given up", await Ended(first));
        transport.StopFetching(Group);
        Assert.Equal("the fetch was given up", await Ended(second));
    }

    [Fact]
    public async Task A_state_nobody_comes_back_for_is_closed()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source, SnapshotKeepTime = TimeSpan.FromMilliseconds(20) });
        two.Start((1, one.Address));
        TcpTransport transport = one.Start((2, two.Address));
        PatternSnapshotSink sink = new();
        sink.Writing = _ => throw new IOException("the disk is full");
        transport.FetchSnapshot(Group, Order(), sink);
        await Ended(sink);
        await Until.True(() => _source.Opened == 1 && _source.Open == 0, "the state is closed");
    }

    [Fact]
    public async Task Bytes_are_spread_over_time()
    {
        ManualTime time = new();
        RateLimit limit = new(1000, time);
        await limit.TakeAsync(500, default);
        Task second = limit.TakeAsync(500, default).AsTask();
        Task third = limit.TakeAsync(500, default).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await second.WaitAsync(Until.Patience);
        Assert.False(third.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(500));
        await third.WaitAsync(Until.Patience);
    }

    [Fact]
    public async Task Nobody_waits_for_ever_for_a_member_that_is_gone()
    {
        TcpMember one = Member(new TcpMember(1) { SnapshotStallTimeout = TimeSpan.FromMilliseconds(50) });
        using Socket nobody = Loopback.Bind();
        PatternSnapshotSink sink = new();
        one.Start((2, Loopback.AddressOf(nobody))).FetchSnapshot(Group, Order(), sink);
        Assert.StartsWith("nothing has come for 00:00:00.0500000", await Ended(sink), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_states_are_sent_at_a_time_than_allowed()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2) { Snapshots = _source, SnapshotStreamsMax = 1, SnapshotBytesPerSecondMax = 1024 });
        two.Start((1, one.Address));
        TcpTransport transport = one.Start((2, two.Address));
        PatternSnapshotSink first = new();
        transport.FetchSnapshot(Group, Order(), first);
        await Until.True(() => first.Begins.Count == 1, "the first is under way");
        PatternSnapshotSink second = new();
        transport.FetchSnapshot(new GroupId(8), Order(), second);
        Assert.Equal("member 2 refused: 1 states are being sent already", await Ended(second));
    }

    [Fact]
    public async Task Peers_come_and_go_while_messages_flow()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2));
        TcpTransport from = one.Start();
        TcpTransport to = two.Start((1, one.Address));
        from.UpdatePeers(TcpMember.Map((1, one.Address), (2, two.Address)));
        await Until.True(() => Arrives(from, two), "messages arrive at the new peer");
        int lost = one.Received.Unreachable;
        to.UpdatePeers(new Dictionary<NodeId, EndPoint>());
        await Until.True(() => one.Received.Unreachable > lost, "the connection is closed");
        from.UpdatePeers(new Dictionary<NodeId, EndPoint>());
        await Until.True(() => two.Log.Lines(23).Any(line => line.EndsWith("it is no member any more", StringComparison.Ordinal)), "it is said");
        to.UpdatePeers(TcpMember.Map((1, one.Address)));
        from.UpdatePeers(TcpMember.Map((2, two.Address)));
        int before = two.Received.Messages.Count;
        await Until.True(() => Arrives(from, two) && two.Received.Messages.Count > before, "messages arrive again");
    }

    [Fact]
    public async Task A_peer_at_an_address_that_nobody_can_connect_to_is_lost_and_can_be_replaced()
    {
        TcpMember one = Member(new TcpMember(1));
        TcpMember two = Member(new TcpMember(2));
        two.Start((1, one.Address));
        TcpTransport from = one.Start((2, new UnixDomainSocketEndPoint("nowhere")));
        await Until.True(() => one.Received.Unreachable > 1, "it is tried again");
        from.UpdatePeers(TcpMember.Map((2, two.Address)));
        await Until.True(() => Arrives(from, two), "messages arrive at its new address");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable member in _open)
            await member.DisposeAsync();
    }

    private static bool Arrives(TcpTransport from, TcpMember to)
    {
        from.Send(new Raft.Messages.TimeoutNow { Header = new(default, new NodeId(1), to.Id, new Term(1)) });
        from.Flush();
        return !to.Received.Messages.IsEmpty;
    }

    private static SnapshotOrder Order(long index = 1000) =>
        new(new NodeId(2), new LogPosition(new Term(3), new LogIndex(index)), WithoutState: false);

    private static Task<string?> Ended(PatternSnapshotSink sink) => sink.Ended.WaitAsync(Until.Patience);

    private TcpMember Member(TcpMember member)
    {
        _open.Add(member);
        return member;
    }
}
