using RaftKv.Raft;
using RaftKv.Storage.Trees;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>A store that is closed while others are about to use it, or to close it too.</summary>
public class TreeStoreClosingTests
{
    [Fact]
    public void Who_waits_while_the_store_is_closed_finds_it_closed()
    {
        TreeStore store = TreeStore.Open(new SimulatedDisk(new SplittableRandom(1)).Root, "tree.db", 1024, 1);
        TreeTransaction transaction = store.BeginWrite();
        var failures = new Exception?[3];
        Thread[] threads =
        [
            Begin(() => failures[0] = Record.Exception(store.Dispose)),
            Begin(() => failures[1] = Record.Exception(() => store.BeginBackup(out _))),
            Begin(() => failures[2] = Record.Exception(store.Dispose)),
        ];
        store.Rollback(transaction);
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(20))));
        Assert.Null(failures[0]);
        Assert.IsType<ObjectDisposedException>(failures[1]);
        Assert.Null(failures[2]);
        Assert.Throws<ObjectDisposedException>(() => store.BeginRead(out _));
    }

    // On return it waits for the transaction, or for who does.
    private static Thread Begin(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(20)));
        return thread;
    }
}
