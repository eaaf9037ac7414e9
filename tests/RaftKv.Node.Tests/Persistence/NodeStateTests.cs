using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Tests.Persistence;

/// <summary>Source: <see cref="NodeState"/>.</summary>
public sealed class NodeStateTests
{
    private const int DamageBytes = 17;

    private static readonly NodeState State = new(
        new HardState(new Term(7), new NodeId(2), new LogIndex(40)),
        new LogPosition(new Term(6), new LogIndex(30)),
        Configuration.Of(1, 2, 3))
    {
        ConfigurationEntries = [new LogIndex(33), new LogIndex(35)],
        Epoch = 0x1122334455667788,
        MovedTo = 99,
        IsDoubtful = true,
        IsDistrusted = true,
        Rebuilds = 3,
    };

    [Fact]
    public void What_was_written_is_read_back()
    {
        for (int flags = 0; flags < 16; flags++)
        {
            NodeState state = State with { IsDoubtful = (flags & 1) != 0, IsDistrusted = (flags & 2) != 0, Rebuilds = flags >> 2 };
            Check(state, NodeState.Decode(state.Encode()));
        }
    }

    [Fact]
    public void What_the_version_before_wrote_is_read()
    {
        byte[] bytes = State.Encode();
        byte[] before = [2, .. bytes.AsSpan(1 + DamageBytes)];
        Check(State with { Epoch = 0, MovedTo = 0, IsDoubtful = false, IsDistrusted = false, Rebuilds = 0 }, NodeState.Decode(before));
    }

    [Fact]
    public void Bytes_that_are_none_are_refused_without_an_exception()
    {
        byte[] bytes = State.Encode();
        for (int length = 0; length < bytes.Length; length++)
            Assert.Null(NodeState.Decode(bytes.AsSpan(0, length)));
        bytes[1] = 16;
        Assert.Null(NodeState.Decode(bytes));
        bytes[1] = 0;
        bytes[0]++;
        Assert.Null(NodeState.Decode(bytes));
    }

    private static void Check(NodeState expected, NodeState? read)
    {
        Assert.NotNull(read);
        Assert.Equal(expected.ConfigurationEntries, read.ConfigurationEntries);
        Assert.Equal(expected, read with { ConfigurationEntries = expected.ConfigurationEntries });
    }
}
