using RaftKv.Raft;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>Cursors that stand nowhere: before they seek, behind the last key, when a read failed, and when their view has ended.</summary>
public class BTreeCursorTests
{
    private const int PageBytes = 1024;
    private const int Keys = 2000;

    [Fact]
    public void A_cursor_that_stands_nowhere_has_neither_key_nor_value()
    {
        using BTreeStore store = Open(new SimulatedDisk(new SplittableRandom(1)));
        using BTreeReadTransaction view = store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        AssertNowhere(cursor);
        Assert.False(cursor.SeekAtLeast([255]));
        AssertNowhere(cursor);
        Assert.True(cursor.SeekLast());
        Assert.False(cursor.MoveNext());
        AssertNowhere(cursor);
        Assert.True(cursor.SeekFirst());
        Assert.False(cursor.MovePrevious());
        AssertNowhere(cursor);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_move_that_could_not_read_passes_no_key_by(bool forward)
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        Open(disk).Dispose();
        using BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, 1 << 20);
        using BTreeReadTransaction view = store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        int failures = 0;
        var seen = new List<byte[]>();
        for (bool found = forward ? cursor.SeekFirst() : cursor.SeekLast(); found;)
        {
            seen.Add(cursor.Key.ToArray());
            disk.Faults = operation => operation.Kind == DiskOperationKind.Read ? DiskFault.Fail : DiskFault.None;
            Exception? failure = Record.Exception(() => found = forward ? cursor.MoveNext() : cursor.MovePrevious());
            disk.Faults = null;
            if (failure is null)
                continue;
            failures++;
            Assert.IsType<StorageIoException>(failure);
            AssertNowhere(cursor);
            Assert.Throws<InvalidOperationException>(() => cursor.MoveNext());
            Assert.Throws<InvalidOperationException>(() => cursor.MovePrevious());
            Assert.True(forward ? cursor.SeekAtLeast(seen[^1]) : cursor.SeekAtMost(seen[^1]));
            found = forward ? cursor.MoveNext() : cursor.MovePrevious();
        }
        Assert.True(failures > 10);
        if (!forward)
            seen.Reverse();
        Assert.Equal(Enumerable.Range(0, Keys).Select(Key), seen);
    }

    [Fact]
    public void A_cursor_ends_with_its_view()
    {
        using BTreeStore store = Open(new SimulatedDisk(new SplittableRandom(1)));
        BTreeReadTransaction view = store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        Assert.True(cursor.SeekFirst());
        view.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cursor.Key.Length);
        Assert.Throws<ObjectDisposedException>(() => cursor.Value.Length);
        Assert.Throws<ObjectDisposedException>(() => cursor.SeekFirst());
        Assert.Throws<ObjectDisposedException>(() =>
        {
            while (cursor.MoveNext())
                continue;
        });
    }

    [Fact]
    public void A_seek_that_could_not_read_the_rest_of_a_key_leaves_the_cursor_nowhere()
    {
        var disk = new SimulatedDisk(new SplittableRandom(1));
        using BTreeStore store = Open(disk);
        byte[] longKey = [200, .. new byte[2000]];
        using (BTreeWriteTransaction transaction = store.BeginWrite())
        {
            transaction.Put(longKey, [1]);
            transaction.Commit();
        }
        using BTreeReadTransaction view = store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        foreach (bool atLeast in new[] { true, false })
        {
            Assert.True(cursor.SeekFirst());
            disk.Faults = operation => operation.Length == PageBytes ? DiskFault.None : DiskFault.Fail;
            Assert.Throws<StorageIoException>(() => atLeast ? cursor.SeekAtLeast(longKey) : cursor.SeekAtMost(longKey));
            disk.Faults = null;
            AssertNowhere(cursor);
            Assert.True(cursor.SeekAtLeast(longKey));
            Assert.True(cursor.Key.SequenceEqual(longKey));
        }
    }

    private static void AssertNowhere(BTreeCursor cursor)
    {
        Assert.Throws<InvalidOperationException>(() => cursor.Key.Length);
        Assert.Throws<InvalidOperationException>(() => cursor.Value.Length);
    }

    private static BTreeStore Open(SimulatedDisk disk)
    {
        BTreeStore store = BTreeStore.Open(disk.Root, PageBytes, 1);
        using BTreeWriteTransaction transaction = store.BeginWrite();
        for (int i = 0; i < Keys; i++)
            transaction.Put(Key(i), new byte[300]);
        transaction.Commit();
        store.Checkpoint();
        return store;
    }

    private static byte[] Key(int number) => [(byte)(number >> 8), (byte)number];
}
