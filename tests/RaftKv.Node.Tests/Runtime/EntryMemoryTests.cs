using RaftKv.Node.Workers;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: <see cref="EntryMemory"/>: how a host shares out what its groups' cores may hold.</summary>
public sealed class EntryMemoryTests
{
    private const long Held = 48L << 20;
    private const long Unwritten = 32L << 20;
    private const long Piece = 2L << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(200)]
    [InlineData(5000)]
    public void Groups_that_take_all_they_may_stay_within_it_and_each_has_some(int groups)
    {
        EntryMemory memory = Of(groups);
        GroupEntries[] own = new GroupEntries[groups];
        for (int i = 0; i < 3 * groups; i++)
        {
            ref GroupEntries group = ref own[i % groups];
            EntryLimits limits = memory.LimitsFor(in group);
            Assert.True(limits.ApplyBytes >= Math.Min(4096, Held / 8 / groups));
            memory.Report(ref group, new GroupEntries(Math.Max(group.Held, limits.WindowBytes + 2 * limits.ApplyBytes), limits.UnwrittenBytes));
        }
        Assert.InRange(memory.Held, 1, Held);
        Assert.InRange(memory.Unwritten, 1, Unwritten);
    }

    [Fact]
    public void What_one_group_gives_back_another_may_have()
    {
        EntryMemory memory = Of(2);
        GroupEntries one = default;
        GroupEntries two = default;
        long alone = memory.LimitsFor(in two).ApplyBytes;
        memory.Report(ref one, new GroupEntries(Held / 2, 0));
        EntryLimits cut = memory.LimitsFor(in two);
        Assert.True(cut.ApplyBytes < alone && memory.IsCut(in cut));
        Assert.False(memory.HasRoom);
        memory.Report(ref one, default);
        Assert.True(memory.HasRoom);
        Assert.Equal(alone, memory.LimitsFor(in two).ApplyBytes);
    }

    [Fact]
    public void No_group_takes_entries_while_the_disk_has_all_it_may_have()
    {
        EntryMemory memory = Of(2);
        GroupEntries one = default;
        GroupEntries two = default;
        memory.Report(ref one, new GroupEntries(0, Unwritten - Piece));
        Assert.True(memory.IsFull);
        Assert.Equal(0, memory.LimitsFor(in two).UnwrittenBytes);
        memory.Report(ref one, default);
        Assert.Equal((Unwritten - Piece) / 2, memory.LimitsFor(in two).UnwrittenBytes);
    }

    private static EntryMemory Of(int groups)
    {
        EntryMemory memory = new(Held, Unwritten, Piece);
        for (int i = 0; i < groups; i++)
            memory.GroupJoined();
        return memory;
    }
}
