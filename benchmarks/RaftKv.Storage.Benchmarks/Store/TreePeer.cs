using RaftKv.Storage.Disk;
using RaftKv.Storage.Trees;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Benchmarks.Store;

/// <summary>
/// The plain tree behind a write-ahead log: a batch is durable in the log, the tree is checkpointed when 64 MiB have gathered.
/// </summary>
internal sealed class TreePeer : IPeer
{
    private const long CheckpointBytes = 64L << 20;

    private readonly IStorageDirectory _directory;
    private readonly WriteAheadLog _log;
    private readonly BTreeStore _store;
    private readonly WalBatch _batch = new();
    private readonly byte[] _payload = new byte[1000 * (Workload.KeyBytes + Workload.ValueBytes)];
    private readonly BackgroundCheckpoint _checkpoints = new();
    private long _index;

    public TreePeer(string directory, int pageSizeBytes)
    {
        _directory = OsDirectory.Open(directory);
        _log = WriteAheadLog.Open(_directory.OpenDirectory("wal"), new WalOptions());
        _index = _log.LastIndex(1);
        _store = BTreeStore.Open(_directory, pageSizeBytes, 1L << 30);
    }

    public string Name => "RaftKv tree";

    public void Load(ReadOnlySpan<int> numbers, Workload workload)
    {
        int length = 0;
        using BTreeWriteTransaction transaction = _store.BeginWrite();
        foreach (int number in numbers)
        {
            Span<byte> key = _payload.AsSpan(length, Workload.KeyBytes);
            workload.Key(number, key);
            ReadOnlySpan<byte> value = workload.Value(number);
            value.CopyTo(_payload.AsSpan(length + Workload.KeyBytes));
            transaction.Put(key, value);
            length += Workload.KeyBytes + Workload.ValueBytes;
        }
        _batch.Clear();
        _batch.AddEntry(1, ++_index, 1, 0, _payload.AsSpan(0, length));
        _log.Append(_batch);
        transaction.Commit();
        long index = _index;
        _checkpoints.Due(_store.BytesSinceCheckpoint >= CheckpointBytes, () =>
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
        using BTreeReadTransaction view = _store.BeginRead();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        Span<byte> value = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            if (view.TryGet(key, value, out _))
                found++;
        }
        return found;
    }

    public long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        using BTreeReadTransaction view = _store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        long bytes = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, key);
            bool found = cursor.SeekAtLeast(key);
            for (int i = 0; i < 100 && found; i++)
            {
                ReadOnlySpan<byte> value = cursor.Value;
                bytes += cursor.Key.Length + value.Length + value[0];
                found = cursor.MoveNext();
            }
        }
        return bytes;
    }

    public long Scan()
    {
        using BTreeReadTransaction view = _store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        long bytes = 0;
        for (bool found = cursor.SeekFirst(); found; found = cursor.MoveNext())
            bytes += cursor.Key.Length + cursor.Value.Length + (cursor.Value[0] & 0);
        return bytes;
    }

    public void Dispose()
    {
        _store.Dispose();
        _log.Dispose();
        _directory.Dispose();
    }
}
