using System.Text;
using RaftKv.Raft;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>What tests of the log share: small segments, batches in one line, the content of a log as text.</summary>
internal static class WalWorld
{
    public const int SegmentBytes = 64 << 10;

    public static int Rounds(int usual) =>
        usual * (int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), out int factor) ? factor : 1);

    public static WalOptions Options => new() { SegmentBytes = SegmentBytes, Identity = 0x1234_5678_9ABC_DEF0, PreparesAhead = false };

    /// <summary>The same with each segment prepared while the one before is in use.</summary>
    public static WalOptions Ahead => new()
    {
        SegmentBytes = SegmentBytes, Identity = 0x1234_5678_9ABC_DEF0, PreparesAhead = true, PreparesInline = true,
    };

    public static SimulatedDisk Disk(ulong seed = 1) => new(new SplittableRandom(seed));

    public static WriteAheadLog Open(SimulatedDisk disk, bool isAhead = false) => WriteAheadLog.Open(disk.Root, isAhead ? Ahead : Options);

    public static WalBatch Entry(long group, long index, long tag, string payload) =>
        With(batch => batch.AddEntry(group, index, tag, 0, Encoding.UTF8.GetBytes(payload)));

    public static WalBatch With(Action<WalBatch> add)
    {
        WalBatch batch = new();
        add(batch);
        return batch;
    }

    public static List<WalEntry> ReadAll(WriteAheadLog log, long group)
    {
        List<WalEntry> entries = [];
        while (log.FirstIndex(group) + entries.Count <= log.LastIndex(group))
            log.Read(group, log.FirstIndex(group) + entries.Count, log.LastIndex(group), 1 << 16, entries);
        return entries;
    }

    /// <summary>Everything a log holds: per group its state and its entries as index/tag:payload.</summary>
    public static string Text(WriteAheadLog log)
    {
        StringBuilder text = new();
        foreach (long group in log.Groups)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{group} [{Encoding.UTF8.GetString(log.State(group).Span)}]");
            foreach (WalEntry entry in ReadAll(log, group))
            {
                string payload = Encoding.UTF8.GetString(entry.Payload.Span);
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $" {entry.Index}/{entry.Tag}:{payload}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
