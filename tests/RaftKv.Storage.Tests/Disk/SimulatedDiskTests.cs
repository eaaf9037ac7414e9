using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Disk;

/// <summary>The simulated disk promises as little as a real one, and no less.</summary>
public sealed class SimulatedDiskTests
{
    [Fact]
    public void Flushed_bytes_and_names_survive_every_crash()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            SimulatedDisk disk = new(new SplittableRandom(seed));
            using IStorageFile file = disk.Root.Create("data");
            file.Write(700, "kept"u8);
            file.Flush();
            disk.Root.Flush();
            file.Write(5_000, "perhaps"u8);
            disk.Crash();
            byte[] read = new byte[4];
            disk.Root.Open("data").ReadExactly(700, read);
            Assert.Equal("kept"u8.ToArray(), read);
        }
    }

    [Fact]
    public void A_crash_tears_an_unflushed_write_at_sectors_only()
    {
        HashSet<string> seen = [];
        for (ulong seed = 0; seed < 300; seed++)
        {
            SimulatedDisk disk = new(new SplittableRandom(seed));
            using IStorageFile file = disk.Root.Create("data");
            file.SetLength(4 * 512);
            file.Flush();
            disk.Root.Flush();
            file.Write(256, Enumerable.Repeat((byte)7, 1024).ToArray());
            disk.Crash();
            byte[] content = disk.ReadFile("data");
            bool[] kept = [content[256] == 7, content[512] == 7, content[1024] == 7];
            byte[] expected = new byte[4 * 512];
            expected.AsSpan(256, 256).Fill(kept[0] ? (byte)7 : (byte)0);
            expected.AsSpan(512, 512).Fill(kept[1] ? (byte)7 : (byte)0);
            expected.AsSpan(1024, 256).Fill(kept[2] ? (byte)7 : (byte)0);
            Assert.Equal(expected, content);
            seen.Add(string.Join(',', kept));
        }

        Assert.Equal(8, seen.Count);
    }

    [Fact]
    public void Names_that_were_not_flushed_may_be_lost_and_a_rename_is_whole_or_not_at_all()
    {
        HashSet<string> seen = [];
        for (ulong seed = 0; seed < 200; seed++)
        {
            SimulatedDisk disk = new(new SplittableRandom(seed));
            disk.WriteFile("old", "1"u8);
            disk.WriteFile("new", "2"u8);
            disk.Root.Rename("new", "old");
            disk.Root.Create("fresh").Dispose();
            disk.Crash();
            seen.Add(string.Join(' ', disk.Files().Select(name => $"{name}={System.Text.Encoding.ASCII.GetString(disk.ReadFile(name))}")));
        }

        Assert.Equal(["fresh= new=2 old=1", "fresh= old=2", "new=2 old=1", "old=2"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_failed_flush_dropped_is_still_read_but_no_later_flush_writes_it()
    {
        bool everLost = false;
        for (ulong seed = 0; seed < 50; seed++)
        {
            SimulatedDisk disk = new(new SplittableRandom(seed));
            disk.WriteFile("data", new byte[2048]);
            using IStorageFile file = disk.Root.Open("data");
            file.Write(0, Enumerable.Repeat((byte)9, 2048).ToArray());
            disk.Faults = operation => operation.Kind == DiskOperationKind.Flush ? DiskFault.Fail : DiskFault.None;
            Assert.Throws<StorageFailedException>(file.Flush);
            disk.Faults = null;
            Assert.Throws<StorageFailedException>(file.Flush);
            Assert.Throws<StorageFailedException>(() => file.Write(0, [1]));

            using IStorageFile again = disk.Root.Open("data");
            byte[] read = new byte[2048];
            again.ReadExactly(0, read);
            Assert.All(read, value => Assert.Equal(9, value));
            again.Flush();
            disk.Crash();
            everLost |= disk.ReadFile("data").Contains((byte)0);
        }

        Assert.True(everLost);
    }

    [Fact]
    public void A_file_cut_and_grown_again_holds_zeros_after_a_flush_and_a_crash()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            SimulatedDisk disk = new(new SplittableRandom(seed));
            disk.WriteFile("data", Enumerable.Repeat((byte)1, 1024).ToArray());
            using IStorageFile file = disk.Root.Open("data");
            file.Write(2048, [5]);
            file.SetLength(100);
            file.SetLength(4096);
            file.Flush();
            disk.Crash();
            byte[] expected = new byte[4096];
            expected.AsSpan(0, 100).Fill(1);
            Assert.Equal(expected, disk.ReadFile("data"));
        }
    }

    [Fact]
    public void Space_past_the_capacity_is_refused_and_nothing_changes()
    {
        SimulatedDisk disk = new(new SplittableRandom(1)) { CapacityBytes = 1000 };
        using IStorageFile file = disk.Root.Create("data");
        file.Write(0, new byte[900]);
        Assert.Throws<StorageFullException>(() => file.Write(850, new byte[200]));
        Assert.Throws<StorageFullException>(() => file.SetLength(1001));
        Assert.Equal(900, file.Length);
        file.SetLength(1000);
        Assert.Equal(1000, disk.UsedBytes);
    }

    [Fact]
    public void A_crash_at_an_operation_stops_everything_until_the_power_is_back()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        disk.Faults = operation => operation.Number == 2 ? DiskFault.Crash : DiskFault.None;
        IStorageDirectory root = disk.Root;
        IDisposable hold = root.Lock();
        IStorageFile file = root.Create("data");
        Assert.Throws<StorageFailedException>(() => file.Write(0, [1]));
        Assert.True(disk.IsOff);
        Assert.Throws<StorageFailedException>(() => root.Exists("data"));
        disk.Crash();
        Assert.Throws<StorageFailedException>(() => file.Write(0, [1]));
        hold.Dispose();
        using (disk.Root.Lock())
            Assert.Throws<StorageLockedException>(disk.Root.Lock);
    }

    [Fact]
    public void Damage_is_seen_by_readers_and_unreadable_ranges_are_errors()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        disk.WriteFile("dir/data", new byte[1000]);
        using IStorageFile file = disk.Root.OpenDirectory("dir").Open("data");
        disk.Corrupt("dir/data", 10, 0x80);
        disk.MakeUnreadable("dir/data", 500, 1);
        byte[] read = new byte[490];
        file.ReadExactly(10, read);
        Assert.Equal(0x80, read[0]);
        Assert.Throws<StorageIoException>(() => file.ReadExactly(10, new byte[491]));
    }
}
