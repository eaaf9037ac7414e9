using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Persistence;

/// <summary>Source: <see cref="GroupNumbers"/>: what the log gives back of groups, and what it goes on to know of them.</summary>
public sealed class GroupNumbersTests
{
    private const long Forgotten = 5;
    private const long Busy = 6;
    private const long Epoch = 77;
    private static readonly WalOptions Options = new() { SegmentBytes = 64 * 1024, SpareSegmentsMax = 0, PreparesAhead = false, Identity = 9 };
    private static readonly HardState Voted = new(new Term(4), new NodeId(3), new LogIndex(2));

    [Fact]
    public void A_group_that_rests_keeps_the_log_from_shrinking_until_it_is_forgotten()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Options);
        Fill(log);
        Work(log, 1);
        int grown = Segments(disk);
        Assert.True(grown > 8, $"{grown} segments");

        GroupNumbers.Forget(log, new GroupId(Forgotten), Epoch);
        Work(log, 2001);

        Assert.True(Segments(disk) < 4, $"{Segments(disk)} segments");
        Assert.Equal([new GroupId(Busy)], GroupNumbers.Stored(log));
    }

    [Fact]
    public void A_crash_at_any_moment_leaves_the_group_or_nothing_of_it()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Options))
            Fill(log);
        CrashExplorer explorer = new(disk, new SplittableRandom(2), statesMax: 64);
        int kept = 0;
        int gone = 0;
        explorer.Watch(after =>
        {
            bool isGone = IsGone(after);
            kept += isGone ? 0 : 1;
            gone += isGone ? 1 : 0;
        });
        using (WriteAheadLog log = WriteAheadLog.Open(disk.Root, Options))
            GroupNumbers.Forget(log, new GroupId(Forgotten), Epoch);
        explorer.Explore(after => Assert.True(IsGone(after)));
        Assert.True(kept > 0 && gone > 0, $"{kept} kept, {gone} gone");
    }

    [Fact]
    public void What_was_voted_for_is_kept_and_the_disk_identity_is_another_one()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Options);
        Fill(log);
        GroupNumbers.Forget(log, new GroupId(Forgotten), Epoch);
        GroupNumbers.Forget(log, new GroupId(Forgotten), Epoch + 1);
        GroupNumbers.Forget(log, new GroupId(8), Epoch);

        EntryStore store = new(log, new GroupId(Forgotten), new Configuration([new NodeId(1)]));

        RaftRestore restored = store.Restore(new NodeId(1), LogPosition.Zero);
        Assert.Equal(new HardState(Voted.Term, Voted.VotedFor, LogIndex.Zero), restored.HardState);
        Assert.Equal((LogIndex.Zero, 0), (restored.Last, restored.Configuration.Members().Length));
        Assert.Equal(1000 ^ Epoch, store.Incarnation(1000));
        Assert.True(log.State(8).IsEmpty);
    }

    private static bool IsGone(SimulatedDisk disk)
    {
        using WriteAheadLog log = WriteAheadLog.Open(disk.Root, Options);
        GroupNumbers.ReleaseAbandoned(log);
        bool isGone = GroupNumbers.Stored(log).Count == 0;
        Assert.Equal(isGone ? 0 : 3, log.LastIndex(Forgotten) - log.FirstIndex(Forgotten) + 1);
        EntryStore store = new(log, new GroupId(Forgotten), Configuration.Empty);
        Assert.Equal(isGone ? LogIndex.Zero : new LogIndex(3), store.Restore(new NodeId(1), LogPosition.Zero).Last);
        return isGone;
    }

    private static void Fill(WriteAheadLog log)
    {
        WalBatch batch = new();
        NodeState state = new(Voted, LogPosition.Zero, new Configuration([new NodeId(1), new NodeId(2)]));
        batch.SetState(Forgotten, state.Encode());
        for (int index = 1; index <= 3; index++)
            batch.AddEntry(Forgotten, index, 4, (byte)EntryKind.Command, new byte[10]);
        log.Append(batch);
    }

    // A group that writes, and whose machine makes checkpoints.
    private static void Work(WriteAheadLog log, int from)
    {
        WalBatch batch = new();
        for (int index = from; index < from + 2000; index++)
        {
            batch.Clear();
            if (index == 1)
                batch.SetState(Busy, new NodeState(Voted, LogPosition.Zero, new Configuration([new NodeId(1)])).Encode());
            batch.AddEntry(Busy, index, 4, (byte)EntryKind.Command, new byte[400]);
            log.Append(batch);
            if (index % 50 == 0)
                log.Release(Busy, index - 1);
        }
    }

    private static int Segments(SimulatedDisk disk) => disk.Root.List().Count;
}
