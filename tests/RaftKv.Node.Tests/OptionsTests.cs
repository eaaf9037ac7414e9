using System.Net;
using RaftKv.Raft;

namespace RaftKv.Node.Tests;

/// <summary>Source: <see cref="RaftNodeOptions"/>: one clear sentence for each mistake, before anything is touched.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void A_directory_alone_is_enough() => OptionsCheck.Require(new RaftNodeOptions { DataDirectory = "data" });

    [Theory]
    [InlineData("NodeId is 0, but a member's number is 1 or more.")]
    [InlineData("ClusterId must be 1 to 64 printable ASCII characters without spaces.")]
    [InlineData("Set exactly one of DataDirectory and Storage.")]
    [InlineData("TickInterval is 00:00:00, but must be between 1 ms and 10 s.")]
    [InlineData("HeartbeatTicks is 0, but must be 1 or more.")]
    [InlineData("ElectionTicks is 0, but must be more than HeartbeatTicks and at most 10,000.")]
    [InlineData("RequestTimeout is 02:00:00, but must be at least TickInterval and at most one hour.")]
    [InlineData("StopTimeout is -00:00:01, but must be between 0 and one hour.")]
    [InlineData("PayloadBytesMax is 0, but must be between 1 and 67108864.")]
    [InlineData("PendingProposalsMax is 0, but must be 1 or more.")]
    [InlineData("PendingReadsMax is 0, but must be 1 or more.")]
    [InlineData("ElectionTicks is 0, but LeaseReads needs 6 or more to hold a lease.")]
    [InlineData("CatchUpBytesPerSecond is -1, but must be 0 or more.")]
    public void Every_mistake_gets_its_sentence(string sentence)
    {
        RaftNodeOptions wrong = new()
        {
            NodeId = default,
            ClusterId = "two words",
            TickInterval = TimeSpan.Zero,
            HeartbeatTicks = 0,
            ElectionTicks = 0,
            RequestTimeout = TimeSpan.FromHours(2),
            StopTimeout = TimeSpan.FromSeconds(-1),
            PayloadBytesMax = 0,
            PendingProposalsMax = 0,
            PendingReadsMax = 0,
            LeaseReads = true,
            CatchUpBytesPerSecond = -1,
        };
        RaftKvException thrown = Assert.Throws<RaftKvException>(() => OptionsCheck.Require(wrong));
        Assert.Equal(RaftKvError.InvalidOptions, thrown.Error);
        Assert.Equal(WriteOutcome.NotApplied, thrown.Outcome);
        Assert.Contains(sentence, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_memory_must_hold_what_comes_in_one_piece()
    {
        IPEndPoint somewhere = new(IPAddress.Loopback, 1);
        RaftNodeOptions options = new()
        {
            DataDirectory = "data",
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            PayloadBytesMax = 1024 * 1024,
            MemoryBytesMax = 48 * 1024 * 1024 - 1,
            Members = Enumerable.Range(1, 5).ToDictionary(id => new NodeId(id), EndPoint (_) => somewhere),
        };
        RaftKvException thrown = Assert.Throws<RaftKvException>(() => OptionsCheck.Require(options));
        Assert.Equal(
            "MemoryBytesMax is 50331647, but must be at least 50331648 for payloads of 1048576 bytes and 4 other members.", thrown.Message);
    }

    [Fact]
    public void Members_must_contain_the_node_itself()
    {
        RaftNodeOptions options = new()
        {
            DataDirectory = "data",
            NodeId = new NodeId(3),
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Members = new Dictionary<NodeId, EndPoint> { [new NodeId(1)] = new IPEndPoint(IPAddress.Loopback, 1) },
        };
        RaftKvException thrown = Assert.Throws<RaftKvException>(() => OptionsCheck.Require(options));
        Assert.Equal("Members does not contain this node's own number, 3.", thrown.Message);
    }

    [Fact]
    public void A_node_that_joins_founds_nothing_and_can_be_reached()
    {
        RaftNodeOptions options = new()
        {
            DataDirectory = "data",
            JoinsExisting = true,
            Members = new Dictionary<NodeId, EndPoint> { [new NodeId(1)] = new IPEndPoint(IPAddress.Loopback, 1) },
        };
        RaftKvException thrown = Assert.Throws<RaftKvException>(() => OptionsCheck.Require(options));
        Assert.Contains("Members founds a cluster and JoinsExisting joins one", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("needs Listen or ListenSocket", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_with_other_members_needs_a_place_to_listen()
    {
        IPEndPoint somewhere = new(IPAddress.Loopback, 1);
        RaftNodeOptions options = new()
        {
            DataDirectory = "data",
            Members = new Dictionary<NodeId, EndPoint> { [new NodeId(1)] = somewhere, [new NodeId(2)] = somewhere },
        };
        RaftKvException thrown = Assert.Throws<RaftKvException>(() => OptionsCheck.Require(options));
        Assert.Equal("A node with other members needs Listen or ListenSocket, or they cannot reach it.", thrown.Message);
    }
}
