using System.Net;
using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Persistence;

/// <summary>Source: <see cref="ForcedStart"/>: a directory passes into another cluster as a whole, whenever the process dies.</summary>
public sealed class ForcedStartTests
{
    private static readonly NodeId Self = new(2);
    private static readonly NodeIdentity Old = new("orders", Self, 77);
    private static readonly EndPoint Address = new DnsEndPoint("two", 7002);
    private static readonly Configuration Founding = new(
        [new NodeId(1), Self, new NodeId(3)],
        incarnations: [new MemberIncarnation(Self, 5)],
        addresses: [new MemberAddress(Self, MemberEndPoint.Format(Address)), new MemberAddress(new NodeId(1), "one:7001")],
        format: new LogFormat(1, 2));

    [Fact]
    public void A_crash_at_any_moment_leaves_the_old_member_or_the_new_one()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Fill(disk.Root, groups: 2);
        CrashExplorer explorer = new(disk, new SplittableRandom(2), statesMax: 64);
        int oldOnes = 0;
        int newOnes = 0;
        explorer.Watch(after =>
        {
            bool isNew = IsNew(after.Root);
            oldOnes += isNew ? 0 : 1;
            newOnes += isNew ? 1 : 0;
        });

        ClusterRecovery.ForceNewCluster(disk.Root, "orders-2");

        explorer.Explore(after => Assert.True(IsNew(after.Root)));
        Assert.True(oldOnes > 0 && newOnes > 0, $"{oldOnes} old, {newOnes} new");
    }

    [Fact]
    public void What_was_not_known_to_be_committed_counts_and_the_term_is_later()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Fill(disk.Root, groups: 1);

        ForcedCluster forced = ClusterRecovery.ForceNewCluster(disk.Root, "orders-2");

        ForcedGroup group = Assert.Single(forced.Groups);
        Assert.Equal((new LogIndex(5), new LogIndex(2)), (group.Last, group.Commit));
        Assert.Equal(("orders", "orders-2", Self), (forced.OldClusterId, forced.NewClusterId, forced.NodeId));
        using IStorageDirectory files = disk.Root.OpenDirectory("wal");
        using WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions());
        RaftRestore restored = new EntryStore(log, default, Configuration.Empty).Restore(Self, LogPosition.Zero);
        Assert.Equal(new HardState(new Term(10), Self, new LogIndex(6)), restored.HardState);
        Assert.Equal(new LogIndex(6), restored.Last);
        Configuration sole = restored.Configurations[^1].Configuration;
        Assert.Equal("voters=(2) incarnations=(2:5) addresses=(2:two:7002) format=1.2", sole.ToString());
    }

    [Fact]
    public void A_call_that_was_interrupted_may_be_repeated()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Fill(disk.Root, groups: 1);
        IdentityFile.Announce(disk.Root, Old with { ClusterId = "orders-2" });

        ForcedCluster forced = ClusterRecovery.ForceNewCluster(disk.Root, "orders-2");

        Assert.Equal(("orders", "orders-2"), (forced.OldClusterId, forced.NewClusterId));
        Assert.True(IsNew(disk.Root));
    }

    [Theory]
    [InlineData("orders", RaftKvError.InvalidOptions)]
    [InlineData("or ders", RaftKvError.InvalidOptions)]
    [InlineData("", RaftKvError.InvalidOptions)]
    public void A_name_that_does_not_keep_the_old_members_out_is_refused(string name, RaftKvError error)
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Fill(disk.Root, groups: 1);
        Assert.Equal(error, Refusal(disk.Root, name).Error);
        Assert.False(IsNew(disk.Root));
    }

    [Fact]
    public void A_directory_that_is_in_use_is_refused()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Fill(disk.Root, groups: 1);
        using (disk.Root.Lock())
            Assert.Equal(RaftKvError.DirectoryLocked, Refusal(disk.Root, "orders-2").Error);
        Assert.False(IsNew(disk.Root));
    }

    [Fact]
    public void A_directory_without_a_member_and_a_witness_are_refused()
    {
        SimulatedDisk empty = new(new SplittableRandom(1));
        Assert.Equal(RaftKvError.WrongDirectory, Refusal(empty.Root, "orders-2").Error);
        SimulatedDisk witness = new(new SplittableRandom(1));
        Fill(witness.Root, groups: 1, new Configuration(Founding.Voters, witnesses: [Self]));
        RaftKvException refused = Refusal(witness.Root, "orders-2");
        Assert.Equal(RaftKvError.WrongDirectory, refused.Error);
        Assert.EndsWith("it is a witness and keeps no data.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_installation_that_was_interrupted_is_ended_first()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        Fill(disk.Root, groups: 1);
        LogPosition taken = new(new Term(9), new LogIndex(40));
        using (IStorageDirectory files = disk.Root.OpenDirectory("wal"))
        using (WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions()))
            new EntryStore(log, default, Founding).Replacement.Begin(taken, Founding);

        Assert.Equal(RaftKvError.InvalidOptions, Refusal(disk.Root, "orders-2").Error);
        ForcedCluster forced = ClusterRecovery.ForceNewCluster(disk.Root, "orders-2", (_, _) => taken);

        Assert.Equal(taken.Index, Assert.Single(forced.Groups).Last);
        Assert.True(IsNew(disk.Root, taken));
    }

    private static RaftKvException Refusal(IStorageDirectory root, string name) =>
        Assert.Throws<RaftKvException>(() => ClusterRecovery.ForceNewCluster(root, name));

    // Five entries, of which the member knows two to be committed.
    private static void Fill(IStorageDirectory root, int groups, Configuration? founding = null)
    {
        IdentityFile.Create(root, Old);
        using IStorageDirectory files = root.OpenDirectory("wal");
        using WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions { SegmentBytes = 64 * 1024 });
        WalBatch batch = new();
        for (int group = 0; group < groups; group++)
        {
            for (int i = 1; i <= 5; i++)
                batch.AddEntry(group, i, i < 3 ? 4 : 8, (byte)EntryKind.Command, [(byte)i]);
            HardState hardState = new(new Term(9), new NodeId(3), new LogIndex(2));
            batch.SetState(group, new NodeState(hardState, LogPosition.Zero, founding ?? Founding).Encode());
        }
        log.Append(batch);
    }

    // Opens the directory as a start does. Whatever it is, it is that in every group, and nothing of the log is missing.
    private static bool IsNew(IStorageDirectory root, LogPosition applied = default)
    {
        ForcedStart.Finish(root);
        bool isNew = IdentityFile.Read(root)!.ClusterId == "orders-2";
        Assert.Equal(isNew ? Old with { ClusterId = "orders-2" } : Old, IdentityFile.Read(root));
        using IStorageDirectory files = root.OpenDirectory("wal");
        using WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions());
        foreach (long group in log.Groups)
        {
            RaftRestore restored = new EntryStore(log, new GroupId(group), Configuration.Empty).Restore(Self, applied);
            Configuration present = restored.ConfigurationAt(restored.Last);
            Assert.Equal(isNew, present.Voters.SequenceEqual([Self]) && !present.IsJoint);
            Assert.Equal(isNew, restored.HardState.Term > new Term(9));
            Assert.True(restored.Last >= new LogIndex(isNew ? 6 : 5));
        }
        return isNew;
    }
}
