using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>A change that fails at any of its reads leaves a transaction that can only be dropped, and dropping it leaves nothing of it.</summary>
public class HalfDoneTests
{
    private const int Keys = 400;
    private const int ReadsMax = 1000;

    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20 };

    [Fact]
    public void A_put() => InTheTree(transaction => transaction.Put(Key(Keys / 2), new byte[2000]));

    [Fact]
    public void A_deletion() => InTheTree(transaction => transaction.Delete(Key(Keys / 2)));

    [Fact]
    public void A_range_that_is_deleted() => InTheTree(transaction => transaction.DeleteRange(Key(Keys / 4), Key(Keys / 2)));

    [Fact]
    public void A_put_too_large_to_wait() => InABatch(batch => batch.Put(Key(Keys / 2), new byte[1 << 20]));

    [Fact]
    public void Puts_that_waited() => InABatch(batch =>
    {
        batch.Put(Key(Keys / 4), [1]);
        batch.Put(Key(Keys / 2), [2]);
        batch.Get(Key(Keys / 2));
    });

    [Fact]
    public void A_range_that_is_deleted_with_history() => InABatch(batch => batch.DeleteRange(Key(Keys / 4), Key(Keys / 2)));

    [Fact]
    public void A_blob() => InABatch(batch => batch.PutBlob([1], new byte[2000]));

    private static void InTheTree(Action<BTreeWriteTransaction> change)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using (BTreeStore filled = BTreeStore.Open(disk.Root, 1024, 1 << 20))
        {
            using BTreeWriteTransaction all = filled.BeginWrite();
            for (int i = 0; i < Keys; i++)
                all.Put(Key(i), new byte[i % 10 == 0 ? 2000 : 50]);
            all.Commit();
            filled.Checkpoint();
        }
        FailsAtEveryRead(reads =>
        {
            using BTreeStore store = BTreeStore.Open(disk.Root);
            bool failed;
            using (BTreeWriteTransaction transaction = store.BeginWrite())
            {
                failed = Fails(disk, reads, () => change(transaction));
                if (failed)
                {
                    Assert.Throws<InvalidOperationException>(() => transaction.Put([1], [1]));
                    Assert.Throws<InvalidOperationException>(transaction.Commit);
                }
            }
            Assert.Equal(Keys, store.Count);
            Assert.Empty(new StoreCheck(store.Trees).Run().Defects);
            return failed;
        });
    }

    private static void InABatch(Action<MvccWriteTransaction> change)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using (MvccStore filled = MvccStore.Open(disk.Root, Options))
        {
            using MvccWriteTransaction all = filled.BeginWrite();
            for (int i = 0; i < Keys; i++)
                all.Put(Key(i), new byte[50]);
            all.PutBlob([1], new byte[2000]);
            all.Commit(new StorePosition(1, 1));
            filled.Checkpoint();
        }
        FailsAtEveryRead(reads =>
        {
            using MvccStore store = MvccStore.Open(disk.Root, Options);
            bool failed;
            using (MvccWriteTransaction batch = store.BeginWrite())
            {
                failed = Fails(disk, reads, () => change(batch));
                if (failed)
                {
                    Assert.Throws<InvalidOperationException>(() => batch.Get(Key(1)));
                    Assert.Throws<InvalidOperationException>(() => batch.GetBlob([1]));
                    Assert.Throws<InvalidOperationException>(() => batch.Commit(new StorePosition(1, 2)));
                }
            }
            using MvccReadTransaction view = store.BeginRead();
            Assert.Equal(2, view.Revision);
            Assert.Equal(Keys, view.Range(new RangeQuery { Key = Key(0), RangeEnd = Key(Keys) }).Count);
            Assert.Empty(store.Check().Defects);
            return failed;
        });
    }

    // The attempt fails at its first read, then at its second, and so on until there is none left to fail at.
    private static void FailsAtEveryRead(Func<int, bool> attempt)
    {
        int reads = 0;
        while (attempt(reads))
            Assert.True(++reads < ReadsMax);
        Assert.True(reads > 0);
    }

    private static bool Fails(SimulatedDisk disk, int readsBefore, Action change)
    {
        int reads = 0;
        disk.Faults = operation =>
            operation.Kind == DiskOperationKind.Read && reads++ >= readsBefore ? DiskFault.Fail : DiskFault.None;
        try
        {
            change();
            return false;
        }
        catch (StorageException)
        {
            return true;
        }
        finally
        {
            disk.Faults = null;
        }
    }

    private static byte[] Key(int number) => [(byte)(number >> 8), (byte)number];
}
