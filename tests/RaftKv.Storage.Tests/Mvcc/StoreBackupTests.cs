using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>
/// A backup taken in pieces while the store is written is the checkpoint it began from; a damaged one never takes effect.
/// </summary>
public class StoreBackupTests
{
    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20 };

    [Fact]
    public void A_backup_read_in_pieces_beside_writes_checkpoints_and_shrinking_is_the_checkpoint_it_began_from()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            (SimulatedDisk target, VersionModel model, StorePosition position) = Copy(seed, damage: false);
            using MvccStore store = MvccStore.Open(target.Root, Options);
            Assert.Equal(position, store.Applied);
            Assert.Empty(store.Check().Defects);
            using MvccReadTransaction view = store.BeginRead();
            var random = new SplittableRandom(seed);
            Expect.SameView(model, view, new MvccScenario(random, 100, 100), random);
        }
    }

    [Fact]
    public void A_damaged_copy_is_refused_and_leaves_the_old_store()
    {
        Assert.Throws<StorageCorruptException>(() => Copy(3, damage: true));
    }

    [Fact]
    public void A_copy_with_any_bytes_changed_is_refused_or_holds_exactly_what_was_copied()
    {
        (SimulatedDisk sound, VersionModel model, _) = Copy(5, damage: false);
        byte[] bytes = sound.ReadFile(MvccStore.FileName);
        var random = new SplittableRandom(9);
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] changed = (byte[])bytes.Clone();
            for (int flips = 1 + random.Next(3); flips > 0; flips--)
                changed[random.Next(random.Chance(0.3) ? 8192 : changed.Length)] ^= (byte)(1 + random.Next(255));
            IStorageDirectory target = new SimulatedDisk(new SplittableRandom(1)).Root;
            using StoreRestore restore = StoreRestore.Begin(target, changed.Length);
            restore.Write(0, changed);
            try
            {
                restore.Complete();
            }
            catch (StorageCorruptException)
            {
                refused++;
                Assert.False(target.Exists(MvccStore.FileName));
                continue;
            }
            using MvccStore store = MvccStore.Open(target, Options);
            using MvccReadTransaction view = store.BeginRead();
            Expect.SameRange(model, view, new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
        }
        Assert.InRange(refused, 100, 299);
    }

    [Fact]
    public void A_piece_that_does_not_end_inside_the_copy_is_refused()
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, Options);
        using StoreBackup backup = store.BeginBackup();
        backup.Read(backup.Length, []);
        backup.Read(backup.Length - 1, new byte[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => backup.Read(backup.Length, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => backup.Read(long.MaxValue, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => backup.Read(-1, new byte[1]));
    }

    private static (SimulatedDisk Target, VersionModel Model, StorePosition Position) Copy(ulong seed, bool damage)
    {
        var random = new SplittableRandom(seed);
        var scenario = new MvccScenario(random.Fork("scenario"), 100, 200);
        using MvccStore store = MvccStore.Open(new SimulatedDisk(random.Fork("source")).Root, Options);
        for (int i = 0; i < 40; i++)
            scenario.Batch(store);
        store.Checkpoint();
        VersionModel model = scenario.Model.Copy();
        var target = new SimulatedDisk(random.Fork("target"));
        IStorageDirectory directory = target.Root;
        MvccStore.Open(directory, Options).Dispose();
        using StoreBackup backup = store.BeginBackup();
        var piece = new byte[1500];
        StoreRestore restore = StoreRestore.Begin(directory, backup.Length);
        for (long offset = 0; offset < backup.Length; offset += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, backup.Length - offset));
            backup.Read(offset, part);
            restore.Write(offset, part);
            Disturb(store, scenario, random);
            if (!random.Chance(0.1))
                continue;
            restore.Flush();
            restore.Dispose();
            restore = StoreRestore.Begin(directory, backup.Length, resume: true);
        }
        if (damage)
            restore.Write(backup.Length / 2, new byte[2048]);
        restore.Complete();
        return (target, model, backup.Position);
    }

    private static void Disturb(MvccStore store, MvccScenario scenario, SplittableRandom random)
    {
        scenario.Batch(store);
        store.CompactStep(20);
        if (random.Chance(0.3))
            store.ShrinkStep(10);
        if (random.Chance(0.4))
            store.Checkpoint();
    }
}
