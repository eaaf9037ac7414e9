using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Log;

/// <summary>Committed entries that are read back from the disk to be applied.</summary>
public sealed class ApplierFetchTests
{
    [Fact]
    public void An_answer_for_a_peer_that_begins_at_the_same_entry_is_not_applied()
    {
        RaftCore core = new(new RaftOptions { Self = new NodeId(1) }, new RaftRestore
        {
            HardState = new HardState(new Term(1), NodeId.None, new LogIndex(1)),
            Configuration = Configuration.Of(1, 2, 3),
            TermRuns = [new LogPosition(new Term(1), new LogIndex(1))],
            Last = new LogIndex(3),
        }, new SplittableRandom(1));
        LogRange own = Assert.Single(core.TakeReady().ReadLog.ToArray());
        Assert.Equal((new LogIndex(1), new LogIndex(1)), (own.First, own.Last));

        core.LogRead(new LogRange(own.First, new LogIndex(3)), Entries(3));
        Assert.False(core.HasReady);

        core.LogRead(own, Entries(1));
        Assert.Equal(new LogIndex(1), Assert.Single(core.TakeReady().Apply.ToArray()).Index);
        Assert.Null(core.Status.Fault);
    }

    private static Entry[] Entries(int count) =>
    [
        .. Enumerable.Range(1, count).Select(index =>
            new Entry(new LogPosition(new Term(1), new LogIndex(index)), EntryKind.Command, new byte[] { 1 })),
    ];
}
