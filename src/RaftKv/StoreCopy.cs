using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>The store as of one moment, on its way into a stream.</summary>
internal sealed class StoreCopy : IDisposable
{
    private const int PieceBytes = 1024 * 1024;

    private readonly StoreReader _reader;
    private readonly MvccStore _store;
    private readonly StoreBackup _backup;

    private StoreCopy(StoreReader reader, MvccStore store) => (_reader, _store, _backup) = (reader, store, store.BeginBackup());

    public long Revision => _backup.Revision;

    public long Length => _backup.Length;

    /// <summary>Makes what the store holds durable and opens it.</summary>
    public static StoreCopy Begin(KeyValueStateMachine machine, StoreReader reader) => reader.Use(store =>
    {
        machine.Checkpoint();
        return new StoreCopy(reader, store);
    });

    public async Task WriteAsync(Stream destination, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[PieceBytes];
        for (long offset = 0; offset < Length;)
        {
            int count = (int)Math.Min(piece.Length, Length - offset);
            Read(offset, piece.AsMemory(0, count));
            await destination.WriteAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            offset += count;
        }
    }

    public void Dispose() => _backup.Dispose();

    // Between two pieces the store may be replaced or closed.
    private void Read(long offset, Memory<byte> piece) => _reader.Use(store =>
    {
        if (store != _store)
        {
            throw new RaftKvException("The store was replaced by another member's during the backup.", WriteOutcome.NotApplied)
            {
                Error = RaftKvError.Busy,
            };
        }
        _backup.Read(offset, piece.Span);
        return offset;
    });
}
