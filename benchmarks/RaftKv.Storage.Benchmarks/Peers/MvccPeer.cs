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

    protected override View BeginRead()
    {
        MvccReadTransaction view = Store.BeginRead();
        return new View(view, view.TryGetValue, (from, countMax) => Walk(view, from, countMax));
    }

    protected override Batch BeginWrite()
    {
        MvccWriteTransaction batch = Store.BeginWrite();
        return new Batch(batch, (key, value) => Put(batch, key, value), index => batch.Commit(new StorePosition(1, index)));
    }

    protected override void Checkpoint() => Store.Checkpoint();

    protected override bool ShrinkStep() => Store.Tidy(256);

    protected override void CloseStore() => _store?.Dispose();

    private static void Put(MvccWriteTransaction batch, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        batch.BeginCommand();
        batch.Put(key, value);
    }

    private static long Walk(MvccReadTransaction view, ReadOnlySpan<byte> from, int countMax)
    {
        long bytes = 0;
        foreach (KeyValue item in view.Range(new RangeQuery { Key = from.ToArray(), RangeEnd = new byte[1], Limit = countMax }).Items)
            bytes += item.Key.Length + item.Value.Length;
        return bytes;
    }
}
