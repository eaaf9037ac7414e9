using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>Memory that is short at the worst moments: in the middle of a checkpoint, and while a tree is begun.</summary>
public class ScarceMemoryTests
{
    private const int PageBytes = 1024;
    private const int TinyCacheBytes = 1;    // the least there is: 320 pages
    private const int Keys = 6000;
    private const int ValueBytes = 100;

    [Fact]
    public void A_checkpoint_that_found_no_memory_is_whole_when_it_is_tried_again()
    {
        int failures = 0;
        for (int writesBefore = 0; writesBefore < 8; writesBefore++)
        {
            var disk = new SimulatedDisk(new SplittableRandom(1));
            using (BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, TinyCacheBytes))
            {
                Fill(store);
                failures += FailsForWantOfMemory(store.Trees, disk, writesBefore) ? 1 : 0;
                store.Checkpoint();
                AssertHolds(store);
            }
            using BTreeStore again = BTreeStore.Open(disk.Root, PageBytes, TinyCacheBytes);
            AssertHolds(again);
        }
        Assert.True(failures > 0);
    }

    [Fact]
    public void The_first_page_of_a_tree_is_not_spilled_before_anything_is_in_it()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore plain = BTreeStore.Open(disk.Root, PageBytes, TinyCacheBytes);
        TreeStore store = plain.Trees;
        TreeTransaction transaction = store.BeginWrite();
        // The tree's page will stand alone before the others, so that it is written before they are.
        uint first = store.FreeList.Take();
        store.FreeList.Take();
        while (!store.Cache.Dirty.AreTooMany)
            MakePage(transaction);
        store.FreeList.PutBack(first);
        disk.Faults = operation =>
        {
            if (operation.Kind == DiskOperationKind.Write)
                store.Cache.Unload([first]);    // as when somebody needs its frame
            return DiskFault.None;
        };
        transaction.BeginChange(usesReserve: false);
        long writes = disk.Writes;
        Exception? failure = Record.Exception(() => store.Writer.Put(transaction, BTreeStore.Tree, Key(1), Value(1), isRun: false));
        disk.Faults = null;
        store.Rollback(transaction);
        Assert.Null(failure);
        Assert.True(disk.Writes > writes);
    }

    // Takes all memory in the middle of a checkpoint, when branches that were spilled have yet to be read and sealed; whether it failed then.
    private static bool FailsForWantOfMemory(TreeStore store, SimulatedDisk disk, int writesBefore)
    {
        disk.Faults = operation =>
        {
            if (operation.Kind == DiskOperationKind.Write && writesBefore-- == 0)
                TakeAll(store);
            return DiskFault.None;
        };
        Exception? failure = Record.Exception(store.Checkpoint);
        disk.Faults = null;
        store.Rollback(store.BeginWrite());    // what was left behind is free now
        if (failure is not null)
            Assert.IsType<StorageBusyException>(failure);
        return failure is not null;
    }

    // Pages that are in memory alone, made and left behind by one transaction.
    private static void TakeAll(TreeStore store)
    {
        TreeTransaction transaction = store.BeginWrite();
        Exception? failure = null;
        while (failure is null)
        {
            transaction.Reader.Pin();    // the oldest access waits for nobody, and a new one keeps nothing that was evicted
            failure = Record.Exception(() => MakePage(transaction));
        }
        Assert.IsType<StorageBusyException>(failure);
        Assert.All(transaction.Made, page => transaction.Free(page, transaction.Number));
        store.Commit(transaction);
    }

    private static void MakePage(TreeTransaction transaction)
        => transaction.NewPage(out PagePointer page).Clear(page.Page, PageKind.Leaf, 0, transaction.Number, PageBytes);

    private static void Fill(BTreeStore store)
    {
        using BTreeWriteTransaction transaction = store.BeginWrite();
        for (int i = 0; i < Keys; i++)
            transaction.Put(Key(i), Value(i));
        transaction.Commit();
    }

    private static void AssertHolds(BTreeStore store)
    {
        Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
        using BTreeReadTransaction view = store.BeginRead();
        var value = new byte[ValueBytes];
        for (int i = 0; i < Keys; i++)
        {
            Assert.True(view.TryGet(Key(i), value, out _));
            Assert.Equal(Value(i), value);
        }
    }

    private static byte[] Key(int number)
    {
        var key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return key;
    }

    private static byte[] Value(int number)
    {
        var value = new byte[ValueBytes];
        BinaryPrimitives.WriteInt32LittleEndian(value, number);
        return value;
    }
}
