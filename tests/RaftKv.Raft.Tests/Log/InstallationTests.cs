using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Log;

/// <summary>State of another member takes the place of what was applied, while entries and answers wait for their turn (Raft 7).</summary>
public sealed class InstallationTests
{
    private static readonly Configuration Group = Configuration.Of(1, 2, 3);
    private static readonly MessageHeader Header = new(default, new NodeId(1), new NodeId(2), new Term(1));

    [Fact]
    public void What_was_acknowledged_but_not_handed_out_before_state_came_is_written_before_the_acknowledgement_leaves()
    {
        RaftCore core = new(new RaftOptions { Self = new NodeId(2), Audit = true }, new RaftRestore { Configuration = Group }, new(1));
        Assert.Equal(ReceiveStatus.Accepted, core.Receive(Entries(1, 2, 3)));
        LogPosition position = new(new Term(1), new LogIndex(2));
        Assert.True(core.ShouldInstallSnapshot(position));
        // The disk holds none of the entries, so it begins after the position.
        core.SnapshotInstalled(position, Group);
        Ready ready = core.TakeReady();
        Assert.Equal(3, Acknowledged(ready.SendAfterPersist));
        Assert.Equal(0, Acknowledged(ready.SendNow));
        Assert.NotNull(ready.Persist);
        Assert.Equal(new LogIndex(3), Assert.Single(ready.Persist.Entries.ToArray()).Index);
        core.Persisted(ready.Number);
        Assert.Equal(new LogIndex(3), core.Status.Durable);
        Assert.Equal(ReceiveStatus.Accepted, core.Receive(Entries(4)));
        Assert.Equal(new LogIndex(4), Assert.Single(core.TakeReady().Persist!.Entries.ToArray()).Index);
    }

    [Fact]
    public void State_is_left_out_for_a_witness_by_a_change_that_is_committed_and_by_no_other()
    {
        Configuration group = Configuration.Of(1, 3);
        RaftCore core = new(new RaftOptions { Self = new NodeId(2) }, new RaftRestore { Configuration = group }, new(1));
        Entry change = new(
            new LogPosition(new Term(1), new LogIndex(5)),
            EntryKind.Configuration,
            ConfigurationCodec.Encode(Configuration.Parse("voters=(1 2 3) witnesses=(2)")));
        core.Receive(Entries(1, 2, 3, 4));
        core.Receive(new AppendRequest
        {
            Header = Header,
            Previous = new LogPosition(new Term(1), new LogIndex(4)),
            Commit = new LogIndex(2),
            Entries = new[] { change },
        });
        Assert.True(core.Status.Configuration.IsWitness(new NodeId(2)));
        core.TakeReady();
        // The leader had no answer, and has compacted its log.
        core.Receive(new SnapshotOffer { Header = Header, AtLeast = new LogPosition(new Term(1), new LogIndex(3)), Configuration = group });
        Assert.False(Assert.Single(core.TakeReady().Snapshots.ToArray()).WithoutState);
    }

    private static long Acknowledged(ReadOnlyMemory<Message> messages) =>
        messages.ToArray().OfType<AppendResponse>().Select(response => response.Match.Value).DefaultIfEmpty().Max();

    private static AppendRequest Entries(params long[] indexes) => new()
    {
        Header = Header,
        Previous = new LogPosition(new Term(indexes[0] > 1 ? 1 : 0), new LogIndex(indexes[0] - 1)),
        Commit = LogIndex.Zero,
        Entries = Array.ConvertAll(indexes, index =>
            new Entry(new LogPosition(new Term(1), new LogIndex(index)), EntryKind.Command, new byte[] { 1 })),
    };
}
