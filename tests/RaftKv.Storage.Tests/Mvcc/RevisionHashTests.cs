using System.Buffers.Binary;
using System.Numerics;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>The hash over the history: etcd's HashKV, computed here a second time from the model.</summary>
public class RevisionHashTests
{
    [Fact]
    public void The_hash_is_etcds_whatever_the_pages_are_and_however_far_compaction_got()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            uint? first = null;
            for (int variant = 0; variant < 3; variant++)
            {
                var disk = new SimulatedDisk(new SplittableRandom(1));
                var scenario = new MvccScenario(new SplittableRandom(seed), 40, 200);
                using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions { PageSizeBytes = 1024 << variant });
                for (int i = 0; i < 60; i++)
                {
                    scenario.Batch(store);
                    if (variant == 1)
                        store.CompactStep(3);
                }
                while (variant == 2 && store.CompactStep(5))
                {
                }
                using MvccReadTransaction view = store.BeginRead();
                Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
                Assert.Equal(Reference(scenario.Model, scenario.Model.Revision), hash);
                long middle = (scenario.Model.Compacted + scenario.Model.Revision) / 2;
                Assert.Equal(RevisionStatus.Ok, view.TryHash(middle, out uint older));
                Assert.Equal(Reference(scenario.Model, middle), older);
                Assert.Equal(first ??= hash, hash);
            }
        }
    }

    [Fact]
    public void Without_a_live_key_the_hash_is_that_of_what_compaction_keeps_swept_or_not()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var disk = new SimulatedDisk(new SplittableRandom(1));
            var scenario = new MvccScenario(new SplittableRandom(seed), 10, 100);
            using MvccStore store = MvccStore.Open(disk.Root, new MvccOptions { PageSizeBytes = 1024 });
            for (int i = 0; i < 20; i++)
                scenario.Batch(store);
            scenario.DeleteEverything(store, compactTo: (scenario.Model.Compacted + scenario.Model.Revision) / 2 + 1);
            uint expected = Reference(scenario.Model, scenario.Model.Revision);
            bool more;
            do
            {
                more = store.CompactStep(3);
                using MvccReadTransaction view = store.BeginRead();
                Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
                Assert.Equal(expected, hash);
            }
            while (more);
        }
    }

    [Fact]
    public void A_revision_that_is_compacted_or_to_come_has_no_hash()
    {
        using MvccStore store = MvccStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, new MvccOptions());
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            for (byte i = 0; i < 5; i++)
            {
                batch.BeginCommand();
                batch.Put([1], [i]);
            }
            Assert.Equal(RevisionStatus.Ok, batch.Compact(4));
            batch.Commit(default);
        }
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(RevisionStatus.Compacted, view.TryHash(3, out _));
        Assert.Equal(RevisionStatus.Ok, view.TryHash(4, out _));
        Assert.Equal(RevisionStatus.Future, view.TryHash(7, out _));
    }

    private static uint Reference(VersionModel model, long last)
    {
        var bytes = new List<byte>("key"u8.ToArray());
        List<StoreChange> changes = model.ChangesFrom(0).Where(change => change.Revision <= last).ToList();
        HashSet<StoreChange> live = NewestPuts(changes, last);
        // Where no key is left etcd leaves nothing out of what its compaction kept, and that is the newest put of each key up to it.
        HashSet<StoreChange> keep = live.Count > 0 ? live : NewestPuts(changes, model.Compacted);
        foreach (StoreChange change in changes)
        {
            bool isDeletion = change.Kind == ChangeKind.Delete;
            bool skipped = change.Revision <= model.Compacted && !keep.Contains(change);
            if (!skipped)
                Append(bytes, change, isDeletion);
        }
        uint crc = uint.MaxValue;
        foreach (byte part in bytes)
            crc = BitOperations.Crc32C(crc, part);
        return ~crc;
    }

    private static HashSet<StoreChange> NewestPuts(List<StoreChange> changes, long last) => changes
        .Where(change => change.Revision <= last)
        .GroupBy(change => Convert.ToHexString(change.Current.Key.Span))
        .Select(versions => versions.Last())
        .Where(newest => newest.Kind == ChangeKind.Put)
        .ToHashSet();

    private static void Append(List<byte> bytes, StoreChange change, bool isDeletion)
    {
        var key = new byte[18];
        BinaryPrimitives.WriteInt64BigEndian(key, change.Revision);
        key[8] = 0x5f;
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(9), change.Order);
        key[17] = 0x74;
        bytes.AddRange(isDeletion ? key : key[..17]);
        Field(bytes, 0x0a, change.Current.Key.ToArray());
        if (isDeletion)
            return;
        Number(bytes, 0x10, change.Current.CreateRevision);
        Number(bytes, 0x18, change.Current.ModRevision);
        Number(bytes, 0x20, change.Current.Version);
        Field(bytes, 0x2a, change.Current.Value.ToArray());
        Number(bytes, 0x30, change.Current.Lease);
    }

    private static void Field(List<byte> bytes, byte tag, byte[] content)
    {
        if (content.Length == 0)
            return;
        bytes.Add(tag);
        Varint(bytes, (ulong)content.Length);
        bytes.AddRange(content);
    }

    private static void Number(List<byte> bytes, byte tag, long number)
    {
        if (number == 0)
            return;
        bytes.Add(tag);
        Varint(bytes, (ulong)number);
    }

    private static void Varint(List<byte> bytes, ulong number)
    {
        for (; number > 127; number >>= 7)
            bytes.Add((byte)(number | 128));
        bytes.Add((byte)number);
    }
}
