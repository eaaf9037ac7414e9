using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Node.Tests.Support;

/// <summary>Finds records of a log on a simulated disk and damages their bytes.</summary>
internal static class LogBytes
{
    private const int HeaderBytes = 64;
    private const int BlockBytes = 4096;

    /// <summary>Damages one to some thousand bytes of a file, anywhere in what it uses.</summary>
    public static void Damage(SimulatedDisk disk, string path, SplittableRandom random)
    {
        byte[] content = disk.ReadFile(path);
        int used = content.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        int offset = random.Next(Math.Max(1, used));
        int length = random.Chance(0.5) ? 1 : random.Next(3000);
        for (int at = offset; at < Math.Min(used, offset + length + 1); at++)
            content[at] ^= 0x5A;
        disk.WriteFile(path, content);
    }

    /// <summary>Takes a block of the log away that a device no longer reads, anywhere in what the log uses.</summary>
    public static void MakeUnreadable(SimulatedDisk disk, SplittableRandom random)
    {
        string[] files = [.. disk.Files().Where(path => path.StartsWith("wal/", StringComparison.Ordinal))];
        string path = files[random.Next(files.Length)];
        int used = disk.ReadFile(path).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        disk.MakeUnreadable(path, random.Next(used / BlockBytes + 1) * BlockBytes, BlockBytes);
    }

    /// <summary>Damages the last record that fits; false when there is none.</summary>
    public static bool Damage(SimulatedDisk disk, Func<WalRecordInfo, bool> fits, bool inHeader)
    {
        using IStorageDirectory log = disk.Root.OpenDirectory("wal");
        foreach (string file in log.List().Where(name => name.EndsWith(".wal", StringComparison.Ordinal)).Reverse())
        {
            foreach (WalRecordInfo record in WalInspector.Records(log, file).Reverse().Where(fits))
            {
                if (!inHeader && record.StoredBytes == 0)
                    continue;
                disk.Corrupt($"wal/{file}", record.Offset + (inHeader ? 40 : HeaderBytes), 0x5A);
                return true;
            }
        }
        return false;
    }
}
