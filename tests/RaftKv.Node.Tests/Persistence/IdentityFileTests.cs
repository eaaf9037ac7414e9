using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Persistence;

/// <summary>Source: <see cref="IdentityFile"/>.</summary>
public sealed class IdentityFileTests
{
    private static readonly NodeIdentity Identity = new("orders", new NodeId(7), 0xFEDCBA9876543210);

    [Fact]
    public void What_was_written_is_read_back_after_a_crash()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        IdentityFile.Create(disk.Root, Identity);
        disk.Crash();
        Assert.Equal(Identity, IdentityFile.Read(disk.Root));
    }

    [Fact]
    public void A_fresh_directory_has_none() => Assert.Null(IdentityFile.Read(new SimulatedDisk(new SplittableRandom(1)).Root));

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        IdentityFile.Create(disk.Root, Identity);
        int length = disk.ReadFile(IdentityFile.Name).Length;
        for (int bit = 0; bit < length * 8; bit++)
        {
            disk.Corrupt(IdentityFile.Name, bit / 8, (byte)(1 << (bit % 8)));
            Assert.Throws<StorageCorruptException>(() => IdentityFile.Read(disk.Root));
            disk.Corrupt(IdentityFile.Name, bit / 8, (byte)(1 << (bit % 8)));
        }
        Assert.Equal(Identity, IdentityFile.Read(disk.Root));
    }

    [Fact]
    public void A_crash_at_any_operation_of_a_first_start_leaves_it_whole_or_absent()
    {
        for (int fatal = 1; ; fatal++)
        {
            SimulatedDisk disk = new(new SplittableRandom((ulong)fatal));
            disk.Faults = operation => operation.Number == fatal ? DiskFault.Crash : DiskFault.None;
            bool survived = true;
            try
            {
                IdentityFile.Create(disk.Root, Identity);
            }
            catch (StorageFailedException)
            {
                survived = false;
            }
            disk.Faults = null;
            disk.Crash();
            NodeIdentity? found = IdentityFile.Read(disk.Root);
            Assert.True(found is null || found == Identity);
            Assert.True(found is not null || !survived);
            if (survived)
                return;
            if (found is null)
                IdentityFile.Create(disk.Root, Identity);
        }
    }
}
