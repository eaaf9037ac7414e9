using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>
/// A store of this project behind a write-ahead log, as in a server: a batch is durable in the log, the store is checkpointed beside
/// the writer when enough has gathered, and the log is released up to there.
/// </summary>
internal abstract class LoggedPeer : IPeer
{
    /// <summary>Page cache of the store: more than the hot data, like the kernel's cache behind LMDB.</summary>
    protected const long CacheBytes = 2L << 30;

    private const long Group = 1;
    private const long ReplayBytes = 16 << 20;

    private readonly WalBatch _batch = new();
    private readonly byte[] _payload = new byte[1000 * Workload.EntryBytes];
    private Task _checkpoint = Task.CompletedTask;

    protected LoggedPeer(string directory)
    {
        Directory = OsDirectory.Open(directory);
        Log = WriteAheadLog.Open(Directory.OpenDirectory("wal"), new WalOptions());
        Index = Log.LastIndex(Group);
    }

    public WriteAheadLog Log { get; }

    /// <summary>The last entry of the log.</summary>
    public long Index { get; private set; }

    public bool IsCheckpointing => !_checkpoint.IsCompleted;

    protected IStorageDirectory Directory { get; }

    protected abstract bool CheckpointDue { get; }

    public void Load(ReadOnlySpan<int> numbers, Workload workload)
    {
        int length = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, _payload.AsSpan(length, Workload.KeyBytes));
            workload.Value(number).CopyTo(_payload.AsSpan(length + Workload.KeyBytes));
            length += Workload.EntryBytes;
        }
        _batch.Clear();
        _batch.AddEntry(Group, ++Index, 1, 0, _payload.AsSpan(0, length));
        Log.Append(_batch);
        Apply([_payload.AsMemory(0, length)], Index);
        BeginCheckpointIfDue();
    }

    /// <summary>Begins a checkpoint beside the writer unless one is under way.</summary>
    public void BeginCheckpointIfDue()
    {
        if (!CheckpointDue || !_checkpoint.IsCompleted)
            return;
        WaitForCheckpoint();
        long index = Index;
        _checkpoint = Task.Run(() =>
        {
            Checkpoint();
            Log.Release(Group, index);
        });
    }

    public void WaitForCheckpoint() => _checkpoint.GetAwaiter().GetResult();

    public void Finish()
    {
        WaitForCheckpoint();
        Checkpoint();
        Log.Release(Group, Index);
        for (int round = 0; round < 4 && ShrinkDue; round++)
        {
            while (ShrinkStep())
            {
            }
            Checkpoint();
        }
    }

    /// <summary>Applies what the log holds beyond the last checkpoint; returns how many entries that were.</summary>
    public long Replay(long after)
    {
        List<WalEntry> entries = [];
        for (long next = Math.Max(after + 1, Log.FirstIndex(Group)); next <= Index; next += entries.Count)
        {
            entries.Clear();
            Log.Read(Group, next, Index, ReplayBytes, entries);
            Apply([.. entries.Select(entry => entry.Payload)], entries[^1].Index);
        }
        return Index - after;
    }

    public abstract long FileBytes();

    public abstract long PointReads(ReadOnlySpan<int> numbers, Workload workload);

    public abstract long Ranges(ReadOnlySpan<int> numbers, Workload workload);

    public abstract long Scan();

    public void Dispose()
    {
        WaitForCheckpoint();
        CloseStore();
        Log.Dispose();
        Directory.Dispose();
    }

    /// <summary>Puts every key and value of some entries of the log as one batch of the store.</summary>
    protected abstract void Apply(ReadOnlySpan<ReadOnlyMemory<byte>> entries, long index);

    protected abstract void Checkpoint();

    protected abstract bool ShrinkDue { get; }

    protected abstract bool ShrinkStep();

    protected abstract void CloseStore();
}
