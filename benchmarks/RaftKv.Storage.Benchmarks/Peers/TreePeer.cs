using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>The plain tree; checkpointed when 64 MiB have gathered.</summary>
internal sealed class TreePeer(string directory) : LoggedPeer(directory)
{
    private const int PageSizeBytes = 4096;
    private const long CheckpointBytes = 64L << 20;

    private BTreeStore? _store;

    protected override bool CheckpointDue => Store.BytesSinceCheckpoint >= CheckpointBytes;

    protected override bool ShrinkDue => Store.ShrinkDue;

    private BTreeStore Store => _store ??= BTreeStore.Open(Directory, PageSizeBytes, CacheBytes);

    public override long FileBytes() => Store.FileBytes;

    protected override View BeginRead()
    {
        BTreeReadTransaction view = Store.BeginRead();
        BTreeCursor cursor = view.Cursor();
        return new View(view, view.TryGet, (from, countMax) => Walk(cursor, from, countMax));
    }

    protected override Batch BeginWrite()
    {
        BTreeWriteTransaction batch = Store.BeginWrite();
        return new Batch(batch, (key, value) => batch.Put(key, value), _ => batch.Commit());
    }

    protected override void Checkpoint() => Store.Checkpoint();

    protected override bool ShrinkStep() => Store.ShrinkStep();

    protected override void CloseStore() => _store?.Dispose();

    private static long Walk(BTreeCursor cursor, ReadOnlySpan<byte> from, int countMax)
    {
        bool found = cursor.SeekAtLeast(from);
        long bytes = 0;
        for (int i = 0; i < countMax && found; i++)
        {
            ReadOnlySpan<byte> value = cursor.Value;
            bytes += cursor.Key.Length + value.Length + (value[0] & 0);
            found = cursor.MoveNext();
        }
        return bytes;
    }
}
