using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Log;

/// <summary>Source: <see cref="EntryLimits"/>: what a core does when it is told to keep less in memory.</summary>
public sealed class EntryLimitsTests
{
    private static readonly EntryLimits Roomy = new(1 << 20, 1 << 20, 1 << 20);

    [Fact]
    public void A_leader_refuses_proposals_while_too_much_is_on_its_way_to_the_disk()
    {
        RaftCore core = Sole();
        core.Limit(Roomy with { UnwrittenBytes = 100 });
        Assert.Equal(ProposeStatus.Appended, core.Propose(1, new byte[200]).Status);
        Assert.Equal(ProposeStatus.Busy, core.Propose(2, new byte[1]).Status);
        Drain(core);
        Assert.Equal(0, core.UnwrittenBytes);
        Assert.Equal(ProposeStatus.Appended, core.Propose(3, new byte[1]).Status);
        core.Limit(Roomy with { UnwrittenBytes = 0 });
        Assert.Equal(ProposeStatus.Busy, core.Propose(4, new byte[1]).Status);
    }

    [Fact]
    public void A_follower_without_room_takes_entries_for_lost_and_goes_on_hearing_its_leader()
    {
        RaftCore core = new(new RaftOptions { Self = new NodeId(2) }, new RaftRestore { Configuration = Configuration.Of(1, 2, 3) }, new(1));
        core.Limit(Roomy with { UnwrittenBytes = 0 });
        Assert.Equal(ReceiveStatus.NoRoom, core.Receive(FirstEntry()));
        Assert.Equal((new NodeId(1), LogIndex.Zero), (core.Leader, core.Status.Last.Index));
        core.Limit(Roomy);
        Assert.Equal(ReceiveStatus.Accepted, core.Receive(FirstEntry()));
        Assert.Equal(new LogIndex(1), core.Status.Last.Index);
    }

    [Fact]
    public void Entries_that_wait_for_a_stuck_machine_leave_memory_and_are_read_back_for_it()
    {
        RaftCore core = Sole();
        core.Limit(new EntryLimits(0, 3000, 1 << 20));
        for (int i = 0; i < 100; i++)
        {
            core.Propose(i, new byte[1000]);
            Drain(core);
            Assert.InRange(core.HeldBytes, 0, 40_000);
        }
        Assert.True(core.IsHeldBack);
        core.Applied(core.Status.Applied.Next);
        LogRange range = Assert.Single(core.TakeReady().ReadLog.ToArray());
        Assert.Equal(3000 - 2 * (1000 + Entry.OverheadBytes), range.BytesMax);
    }

    [Fact]
    public void Entries_held_back_follow_as_soon_as_more_may_be_handed_out()
    {
        RaftCore core = Sole();
        core.Limit(Roomy with { ApplyBytes = 1 });
        core.Propose(1, new byte[10]);
        core.Propose(2, new byte[10]);
        Drain(core);
        Assert.True(core.IsHeldBack);
        core.Limit(Roomy);
        Assert.False(core.IsHeldBack);
        Assert.Equal(new LogIndex(3), Drain(core)[^1].Index);
    }

    [Fact]
    public void A_page_stays_as_it_is_until_it_was_applied_though_its_Ready_was_handed_back()
    {
        RaftCore core = Sole();
        core.Limit(Roomy with { WindowBytes = 0 });
        core.Propose(1, "first"u8.ToArray());
        Ready ready = core.TakeReady();
        core.Persisted(ready.Number);
        core.Return(ready);
        Ready withPage = core.TakeReady();
        ReadOnlyMemory<Entry> page = withPage.Apply;
        core.Return(withPage);
        for (int i = 2; i < 100; i++)
        {
            core.Propose(i, new byte[1000]);
            while (core.HasReady)
            {
                Ready next = core.TakeReady();
                core.Persisted(next.Number);
                core.Return(next);
            }
        }
        Assert.Equal("first"u8, page.Span[^1].Payload.Span);
    }

    [Fact]
    public void A_leader_for_whom_the_disk_has_no_room_for_an_election_timeout_hands_over()
    {
        RaftCore core = Sole();
        int ticks = new RaftOptions { Self = new NodeId(1) }.ElectionTicks;
        for (int tick = 0; tick < 3 * ticks; tick++)
        {
            core.Limit(Roomy);
            core.Limit(Roomy with { UnwrittenBytes = 0 });
            core.Tick();
        }
        Assert.Equal(Role.Leader, core.Role);
        for (int tick = 0; tick <= ticks; tick++)
            core.Tick();
        Assert.Equal(Role.Follower, core.Role);
    }

    private static AppendRequest FirstEntry() => new()
    {
        Header = new MessageHeader(default, new NodeId(1), new NodeId(2), new Term(1), 0),
        Previous = default,
        Commit = LogIndex.Zero,
        Entries = new[] { new Entry(new LogPosition(new Term(1), new LogIndex(1)), EntryKind.Command, new byte[10]) },
    };

    private static RaftCore Sole()
    {
        RaftCore core = new(new RaftOptions { Self = new NodeId(1) }, new RaftRestore { Configuration = Configuration.Of(1) }, new(1));
        while (core.Role != Role.Leader)
        {
            core.Tick();
            foreach (Entry entry in Drain(core))
                core.Applied(entry.Index);
        }
        return core;
    }

    /// <summary>Everything taken becomes durable; nothing is reported applied.</summary>
    private static List<Entry> Drain(RaftCore core)
    {
        List<Entry> applied = [];
        while (core.HasReady)
        {
            Ready ready = core.TakeReady();
            applied.AddRange(ready.Apply.Span);
            core.Persisted(ready.Number);
        }
        return applied;
    }
}
