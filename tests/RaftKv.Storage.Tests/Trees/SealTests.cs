using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>
/// Branches that are copied while a checkpoint is written point to pages that have no checksum in them yet. Whatever is copied, split or
/// merged meanwhile, the next checkpoints find the checksum of every page.
/// </summary>
public sealed class SealTests
{
    private const int PageSizeBytes = 1024;    // so that there are branches of two levels
    private const int Keys = 3000;
    private const int ValueBytes = 40;
    private const int Checkpoints = 30;
    private const int ChangesPerWriteMax = 3;

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void Changes_in_the_middle_of_checkpoints_leave_no_page_without_its_checksum(ulong seed)
    {
        var random = new SplittableRandom(seed);
        var disk = new SimulatedDisk(random.Fork("disk"));
        var model = new SortedDictionary<int, byte>();
        using (BTreeStore store = BTreeStore.Open(disk.Root, PageSizeBytes, 2 << 20))
        {
            Change(store, model, Enumerable.Range(0, Keys).Where(key => key % 2 == 0), 1);
            bool isChanging = false;
            bool isCheckpointing = false;
            disk.Faults = operation =>
            {
                if (!isCheckpointing || isChanging || operation.Kind != DiskOperationKind.Write)
                    return DiskFault.None;
                isChanging = true;
                for (int i = random.Next(ChangesPerWriteMax + 1); i > 0; i--)
                    Change(store, model, random);
                isChanging = false;
                return DiskFault.None;
            };
            for (int i = 0; i < Checkpoints; i++)
            {
                isCheckpointing = true;
                store.Checkpoint();
                isCheckpointing = false;
                Change(store, model, random);
            }
            store.Checkpoint();
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
        }
        using BTreeStore again = BTreeStore.Open(disk.Root, PageSizeBytes, 2 << 20);
        Assert.Empty(new StoreCheck(again.Trees).Run().Defects);
        using BTreeReadTransaction view = again.BeginRead();
        Assert.Equal(model.Count, again.Count);
        var value = new byte[ValueBytes];
        Assert.All(model, entry =>
        {
            Assert.True(view.TryGet(Key(entry.Key), value, out _));
            Assert.Equal(entry.Value, value[0]);
        });
    }

    // Now and then keys beside each other, so that branches are split and merged, also by who copies them first.
    private static void Change(BTreeStore store, SortedDictionary<int, byte> model, SplittableRandom random)
    {
        int first = random.Next(Keys);
        int end = Math.Min(Keys, first + (random.Next(8) == 0 ? 200 : 1));
        Change(store, model, Enumerable.Range(first, end - first), (byte)random.Next(3));
    }

    // A value of 0 deletes.
    private static void Change(BTreeStore store, SortedDictionary<int, byte> model, IEnumerable<int> keys, byte value)
    {
        using BTreeWriteTransaction batch = store.BeginWrite();
        foreach (int key in keys)
        {
            if (value == 0)
            {
                batch.Delete(Key(key));
                model.Remove(key);
                continue;
            }
            batch.Put(Key(key), [value, .. new byte[ValueBytes - 1]]);
            model[key] = value;
        }
        batch.Commit();
    }

    private static byte[] Key(int number)
    {
        var key = new byte[40];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(20), number);
        return key;
    }
}
