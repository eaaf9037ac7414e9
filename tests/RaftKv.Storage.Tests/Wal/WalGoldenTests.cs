using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>
/// Logs written by earlier versions, kept beside this file, open with what was written. <c>RAFTKV_REWRITE=1</c> writes the ones
/// of this version anew; a difference there is a change of the format.
/// </summary>
public sealed class WalGoldenTests
{
    private const string Version = "version1";

    [Fact]
    public void A_log_of_format_version_1_opens_with_what_was_written()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        foreach (string path in Directory.GetFiles(Folder(), $"{Version}-*.wal.gz"))
            disk.WriteFile(Path.GetFileName(path)[(Version.Length + 1)..^".gz".Length], Unpack(path));
        Assert.Equal(2, disk.Files().Count);
        using WriteAheadLog log = WalWorld.Open(disk);
        Assert.Equal(File.ReadAllText(Path.Combine(Folder(), $"{Version}.txt")), Describe(log));
        Assert.Null(log.Recovery.TornTail);
        log.Append(WalWorld.Entry(1, log.LastIndex(1) + 1, 1, "goes on"));
    }

    [Fact]
    public void This_version_writes_the_same_bytes_as_the_kept_log()
    {
        SimulatedDisk disk = new(new SplittableRandom(1));
        using (WriteAheadLog log = WalWorld.Open(disk))
            Write(log);
        string description;
        SimulatedDisk copy = new(new SplittableRandom(2));
        foreach (string file in disk.Files())
            copy.WriteFile(file, disk.ReadFile(file));
        using (WriteAheadLog log = WalWorld.Open(copy))
            description = Describe(log);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
            Rewrite(disk, description);
        Assert.Equal(File.ReadAllText(Path.Combine(Folder(), $"{Version}.txt")), description);
        foreach (string file in disk.Files())
            Assert.True(disk.ReadFile(file).AsSpan().SequenceEqual(Unpack(Path.Combine(Folder(), $"{Version}-{file}.gz"))), file);
    }

    /// <summary>Every record type, a replacement, a release, compression, a change of segment and a clean end.</summary>
    private static void Write(WriteAheadLog log)
    {
        log.Append(WalWorld.With(batch =>
        {
            batch.SetState(1, "first state"u8);
            batch.AddEntry(1, 1, 1, 0, "one"u8);
            batch.AddEntry(1, 2, 1, 1, []);
            batch.AddEntry(7, 100, -5, 255, "of another group"u8);
        }));
        log.Append(WalWorld.With(batch => batch.AddEntry(1, 3, 2, 2, new byte[10_000])));
        log.Append(WalWorld.Entry(1, 2, 3, "replaces two and three"));
        log.Release(7, 100);
        log.Append(WalWorld.With(batch => batch.SetState(7, "second state"u8)));
        byte[] dense = new byte[62_000];
        new SplittableFill(9).Fill(dense);
        dense.AsSpan(3000).Clear();
        dense.AsSpan(3000)[0] = 1;
        for (int i = 0; i < 62_000; i += 16)
            BitConverter.TryWriteBytes(dense.AsSpan(i), i);
        log.Append(WalWorld.With(batch => batch.AddEntry(1, 3, 4, 3, dense)));
        for (int i = 4; i <= 20; i++)
            log.Append(WalWorld.With(batch => batch.AddEntry(1, i, 4, 0, dense.AsSpan(0, 4000))));
        log.Release(1, 1);
        log.Append(WalWorld.With(batch => batch.AddRepair(1, 5, 6, 9, "repaired"u8)));
        log.Append(WalWorld.Entry(1, 21, 5, "last"));
    }

    private static string Describe(WriteAheadLog log)
    {
        StringBuilder text = new();
        foreach (long group in log.Groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"group {group} {log.FirstIndex(group)}..{log.LastIndex(group)} ");
            text.Append(CultureInfo.InvariantCulture, $"state '{Encoding.UTF8.GetString(log.State(group).Span)}'\n");
            foreach (WalEntry entry in WalWorld.ReadAll(log, group))
            {
                uint checksum = Crc32C.Compute(entry.Payload.Span);
                text.Append(CultureInfo.InvariantCulture, $"  {entry.Index} tag {entry.Tag} kind {entry.Kind} ");
                text.Append(CultureInfo.InvariantCulture, $"{entry.Payload.Length} bytes {checksum:x8}\n");
            }
        }

        return text.ToString();
    }

    private static void Rewrite(SimulatedDisk disk, string description)
    {
        Directory.CreateDirectory(Folder());
        File.WriteAllText(Path.Combine(Folder(), $"{Version}.txt"), description);
        foreach (string file in disk.Files())
        {
            using FileStream target = File.Create(Path.Combine(Folder(), $"{Version}-{file}.gz"));
            using GZipStream packed = new(target, CompressionLevel.SmallestSize);
            packed.Write(disk.ReadFile(file));
        }
    }

    private static byte[] Unpack(string path)
    {
        using GZipStream packed = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream content = new();
        packed.CopyTo(content);
        return content.ToArray();
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
