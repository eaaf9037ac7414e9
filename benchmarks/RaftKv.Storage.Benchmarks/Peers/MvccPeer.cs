using RaftKv.Storage.Mvcc;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>The versioned store: one revision for each put, history kept.</summary>
internal sealed class MvccPeer(string directory, long cacheBytes = LoggedPeer.CacheBytes) : LoggedPeer(directory)
{
    private MvccStore? _store;

    public MvccStore Store => _store ??= MvccStore.Open(Directory, new MvccOptions { CacheBytes = cacheBytes });

    protected override bool CheckpointDue => Store.CheckpointDue;

    protected override bool ShrinkDue => Store.TidyDue;

    public override long FileBytes() => Store.FileBytes;

    public override long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        using MvccReadTransaction view = Store.BeginRead();
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

    public override long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        using MvccReadTransaction view = Store.BeginRead();
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

    public override long Scan()
    {
        using MvccReadTransaction view = Store.BeginRead();
        long bytes = 0;
        foreach (KeyValue item in view.Range(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] }).Items)
            bytes += item.Key.Length + item.Value.Length;
        return bytes;
    }

    protected override void Apply(ReadOnlySpan<ReadOnlyMemory<byte>> entries, long index)
    {
        using MvccWriteTransaction transaction = Store.BeginWrite();
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            for (ReadOnlySpan<byte> puts = entry.Span; !puts.IsEmpty; puts = puts[Workload.EntryBytes..])
            {
                transaction.BeginCommand();
                transaction.Put(puts[..Workload.KeyBytes], puts[Workload.KeyBytes..Workload.EntryBytes]);
            }
        }
        transaction.Commit(new StorePosition(1, index));
    }

    protected override void Checkpoint() => Store.Checkpoint();

    protected override bool ShrinkStep() => Store.Tidy(256);

    protected override void CloseStore() => _store?.Dispose();
}
