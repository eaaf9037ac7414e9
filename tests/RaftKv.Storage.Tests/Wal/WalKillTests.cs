using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>A process dies while the machine runs on: its successor reads what the cache holds, and builds on it.</summary>
public sealed class WalKillTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_successor_of_a_killed_process_acknowledges_survives_a_power_cut(bool isAhead)
    {
        long position = 0;
        bool reached = true;
        while (reached)
        {
            position++;
            for (int seed = 0; seed < WalWorld.Rounds(10); seed++)
                reached = KillAt(position, (ulong)seed, isAhead);
        }

        Assert.True(position > 30, $"only {position} operations");
    }

    /// <summary>Whether the process came to the operation at which it is killed.</summary>
    private static bool KillAt(long position, ulong seed, bool isAhead)
    {
        SimulatedDisk disk = WalWorld.Disk(seed);
        WriteAheadLog killed = WalWorld.Open(disk, isAhead);
        long at = disk.Operations + position;
        disk.Faults = operation => operation.Number == at ? throw new InvalidOperationException("killed") : DiskFault.None;
        bool reached = false;
        byte[] payload = new byte[20_000];
        new SplittableRandom(seed).NextBytes(payload);
        try
        {
            for (int i = 1; i <= 9; i++)
                killed.Append(WalWorld.With(batch => batch.AddEntry(1, i, i, 0, payload)));
        }
        catch (InvalidOperationException)
        {
            reached = true;
        }

        disk.Faults = null;
        disk.Kill();
        using WriteAheadLog successor = WalWorld.Open(disk, isAhead);
        long last = successor.LastIndex(1) + 1;
        successor.Append(WalWorld.Entry(1, last, last, "after"));
        disk.Crash();
        using WriteAheadLog log = WalWorld.Open(disk, isAhead);
        Assert.Equal((last, last), (log.LastIndex(1), WalWorld.ReadAll(log, 1).Count));
        return reached;
    }
}
