using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Replication;

/// <summary>Entries that a leader reads back from its disk for a witness.</summary>
public sealed class WitnessReadBackTests
{
    private static readonly NodeId Leader = new(1);
    private static readonly NodeId Data = new(2);
    private static readonly NodeId Witness = new(3);

    /// <summary>
    /// A leader that removes itself is no data voter any more: were it gone for good, a witness that held more than member 2 would refuse
    /// its vote to member 2 for ever.
    /// </summary>
    [Fact]
    public void A_witness_is_sent_no_more_of_them_than_a_data_voter_holds()
    {
        List<Entry> disk = [];
        RaftCore core = Elected(disk);
        core.Limit(new EntryLimits(WindowBytes: 0, ApplyBytes: 1, UnwrittenBytes: 1 << 20));
        Acknowledge(core, Data, 1);
        Acknowledge(core, Witness, 1);
        Work(core, disk);
        Assert.Equal(ChangeStatus.Appended, core.ChangeMembership([new MemberChange(MemberChangeKind.Remove, Leader)]).Status);
        for (int i = 0; i < 100; i++)
            core.Propose(i, new byte[1000]);
        Work(core, disk);
        Acknowledge(core, Data, 2);
        List<Message> sent = Work(core, disk);
        LogIndex[] toWitness =
            [.. sent.OfType<AppendRequest>().Where(append => append.To == Witness).SelectMany(append => append.Entries.ToArray())
                .Select(entry => entry.Index)];
        Assert.Equal([new LogIndex(2)], toWitness);
        // What the data voter holds next follows.
        Acknowledge(core, Data, 4);
        sent = Work(core, disk);
        Assert.Contains(sent.OfType<AppendRequest>(), append => append.To == Witness && append.Entries.Length == 2);
    }

    private static RaftCore Elected(List<Entry> disk)
    {
        Configuration group = Configuration.Parse("voters=(1 2 3) witnesses=(3)");
        RaftCore core = new(new RaftOptions { Self = Leader, PreVote = false }, new RaftRestore { Configuration = group }, new(1));
        while (core.Role == Role.Follower)
            core.Tick();
        Work(core, disk);
        core.Receive(new VoteResponse { Header = Header(Data), Granted = true });
        Work(core, disk);
        Assert.Equal(Role.Leader, core.Role);
        return core;
    }

    private static void Acknowledge(RaftCore core, NodeId from, long match) =>
        Assert.Equal(ReceiveStatus.Accepted, core.Receive(new AppendResponse { Header = Header(from), Match = new LogIndex(match) }));

    private static MessageHeader Header(NodeId from) => new(default, from, Leader, new Term(1));

    private static List<Message> Work(RaftCore core, List<Entry> disk)
    {
        List<Message> sent = [];
        while (core.HasReady)
        {
            Ready ready = core.TakeReady();
            sent.AddRange(ready.SendNow.Span);
            if (ready.Persist is not null)
                disk.AddRange(ready.Persist.Entries.Span);
            core.Persisted(ready.Number);
            sent.AddRange(ready.SendAfterPersist.Span);
            foreach (LogRange range in ready.ReadLog.Span)
            {
                Entry[] read = [.. disk.Where(entry => entry.Index >= range.First && entry.Index <= range.Last)];
                core.LogRead(range, read);
            }
        }
        return sent;
    }
}
