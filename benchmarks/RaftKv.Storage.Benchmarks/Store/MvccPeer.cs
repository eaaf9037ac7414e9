using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Benchmarks.Store;

/// <summary>The versioned store behind a write-ahead log, one revision per put.</summary>
internal sealed class MvccPeer : IPeer
{
    private readonly IStorageDirectory _directory;
    private readonly WriteAheadLog _log;
    private readonly MvccStore _store;
    private readonly WalBatch _batch = new();
    private readonly byte[] _payload = new byte[1000 * (Workload.KeyBytes + Workload.ValueBytes)];
    private readonly BackgroundCheckpoint _checkpoints = new();
    private long _index;

    public MvccPeer(string directory, int pageSizeBytes)
    {
        _directory = OsDirectory.Open(directory);
        _log = WriteAheadLog.Open(_directory.OpenDirectory("wal"), new WalOptions());
        _index = _log.LastIndex(1);
        _store = MvccStore.Open(_directory, new MvccOptions { PageSizeBytes = pageSizeBytes, CacheBytes = 2L << 30 });
    }

    public string Name => "RaftKv MVCC";

    public void Load(ReadOnlySpan<int> numbers, Workload workload)
    {
        int length = 0;
        using MvccWriteTransaction transaction = _store.BeginWrite();
        foreach (int number in numbers)
        {
            Span<byte> key = _payload.AsSpan(length, Workload.KeyBytes);
            workload.Key(number, key);
            ReadOnlySpan<byte> value = workload.Value(number);
            value.CopyTo(_payload.AsSpan(length + Workload.KeyBytes));
            transaction.BeginCommand();
            transaction.Put(key, value);
            length += Workload.KeyBytes + Workload.ValueBytes;
        }
        _batch.Clear();
        _batch.AddEntry(1, ++_index, 1, 0, _payload.AsSpan(0, length));
        _log.Append(_batch);
        transaction.Commit(new StorePosition(1, _index));
        long index = _index;
        _checkpoints.Due(_store.CheckpointDue, () =>
        {
            _store.Checkpoint();
            _log.Release(1, index);
        });
    }

    public void Finish()
    {
        _checkpoints.Wait();
        _store.Checkpoint();
    }

    public void Shrink()
    {
        for (int round = 0; round < 4 && _store.ShrinkDue; round++)
        {
            while (_store.ShrinkStep())
            {
            }
            _store.Checkpoint();
        }
    }

    public long FileBytes() => _store.FileBytes;

    public long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        using MvccReadTransaction view = _store.BeginRead();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        Span<byte> value = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            if (view.TryGetValue(key, value, out _))
                found++;
        }
        return found;
    }

    public long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        using MvccReadTransaction view = _store.BeginRead();
        long bytes = 0;
        foreach (int number in numbers)
        {
            var key = new byte[Workload.KeyBytes];
            workload.Key(number, key);
            foreach (KeyValue item in view.Range(new RangeQuery { Key = key, RangeEnd = new byte[1], Limit = 100 }).Items)
                bytes += item.Key.Length + item.Value.Length;
        }
        return bytes;
    }

    public long Scan()
    {
        using MvccReadTransaction view = _store.BeginRead();
        long bytes = 0;
        foreach (KeyValue item in view.Range(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] }).Items)
            bytes += item.Key.Length + item.Value.Length;
        return bytes;
    }

    public void Dispose()
    {
        _store.Dispose();
        _log.Dispose();
        _directory.Dispose();
    }
}
