using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>
/// A store of this project behind a write-ahead log, as in a server: a batch is durable in the log, and then applied while the next one is
/// written there; the store is checkpointed beside both when enough has gathered, and the log is released up to there.
/// </summary>
internal abstract class LoggedPeer : IPeer
{
    /// <summary>Page cache of the store: more than the hot data, like the kernel's cache behind LMDB.</summary>
    protected const long CacheBytes = 2L << 30;

    private const long Group = 1;
    private const long ReplayBytes = 16 << 20;
    private const int PayloadBytes = 1000 * Workload.EntryBytes;

    private readonly WalBatch _batch = new();
    private byte[] _payload = new byte[PayloadBytes];
    private byte[] _applying = new byte[PayloadBytes];
    private Task _application = Task.CompletedTask;
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
        Settle();
        (_payload, _applying) = (_applying, _payload);
        long index = Index;
        _application = Task.Run(() =>
        {
            Apply([_applying.AsMemory(0, length)], index);
            BeginCheckpointIfDue(index);
        });
    }

    public void Settle() => _application.GetAwaiter().GetResult();

    /// <summary>Begins a checkpoint beside the writer when one is due and none under way. Not while a batch is applied.</summary>
    public void BeginCheckpointIfDue() => BeginCheckpointIfDue(Index);

    public void WaitForCheckpoint()
    {
        Settle();
        _checkpoint.GetAwaiter().GetResult();
    }

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

    public long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        using View view = BeginRead();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        Span<byte> value = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            if (view.Get(key, value, out _))
                found++;
        }
        return found;
    }

    public long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        using View view = BeginRead();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        long bytes = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            bytes += view.Walk(key, 100);
        }
        return bytes;
    }

    public long Scan()
    {
        using View view = BeginRead();
        return view.Walk([0], int.MaxValue);
    }

    public void Dispose()
    {
        WaitForCheckpoint();
        CloseStore();
        Log.Dispose();
        Directory.Dispose();
    }

    private void BeginCheckpointIfDue(long applied)
    {
        if (!CheckpointDue || !_checkpoint.IsCompleted)
            return;
        _checkpoint.GetAwaiter().GetResult();
        _checkpoint = Task.Run(() =>
        {
            Checkpoint();
            Log.Release(Group, applied);
        });
    }

    // Puts every key and value of some entries of the log as one batch of the store.
    private void Apply(ReadOnlySpan<ReadOnlyMemory<byte>> entries, long index)
    {
        using Batch batch = BeginWrite();
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            for (ReadOnlySpan<byte> puts = entry.Span; !puts.IsEmpty; puts = puts[Workload.EntryBytes..])
                batch.Put(puts[..Workload.KeyBytes], puts[Workload.KeyBytes..Workload.EntryBytes]);
        }
        batch.Commit(index);
    }

    protected abstract View BeginRead();

    protected abstract Batch BeginWrite();

    protected abstract void Checkpoint();

    protected abstract bool ShrinkDue { get; }

    protected abstract bool ShrinkStep();

    protected abstract void CloseStore();

    /// <summary>Copies a value; whether the key is there.</summary>
    protected delegate bool Getter(ReadOnlySpan<byte> key, Span<byte> value, out int length);

    /// <summary>Walks over entries from a key on; returns the bytes seen.</summary>
    protected delegate long Walker(ReadOnlySpan<byte> from, int countMax);

    protected delegate void Putter(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>What a view of the store is asked.</summary>
    protected sealed record View(IDisposable Transaction, Getter Get, Walker Walk) : IDisposable
    {
        public void Dispose() => Transaction.Dispose();
    }

    /// <summary>What a batch of the store is told; to commit it takes the entry of the log that it includes.</summary>
    protected sealed record Batch(IDisposable Transaction, Putter Put, Action<long> Commit) : IDisposable
    {
        public void Dispose() => Transaction.Dispose();
    }
}
