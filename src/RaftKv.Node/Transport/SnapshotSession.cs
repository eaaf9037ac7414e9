using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// A state that is open for one member. The latest connection of that member owns it: an earlier one, which may not know yet that
/// it is broken, gets nothing any more.
/// </summary>
internal sealed class SnapshotSession(ISnapshotReader reader) : IDisposable
{
    private readonly Lock _lock = new();

    // The checksum of everything up to the end of each chunk that was read: 8 MB for a terabyte. They tell whether what the other
    // side holds is really the beginning of this.
    private readonly List<uint> _checksums = [];
    private object? _owner;
    private bool _disposed;

    public SnapshotDescription Description { get; } = reader.Description;

    /// <summary>Bytes and checksum of the whole; null until the end was read once.</summary>
    public SnapshotEnd? End { get; private set; }

    public void TakeOver(object owner)
    {
        lock (_lock)
            _owner = owner;
    }

    /// <summary>Where to begin for someone who holds some bytes: at their end when they are the beginning of this, else at 0.</summary>
    public long Resume(SnapshotHolding held, uint checksum)
    {
        if (held.Id != Description.Id || held.Bytes == 0)
            return 0;
        lock (_lock)
        {
            if (End is { } end && end.Length == held.Bytes)
                return end.Checksum == checksum ? held.Bytes : 0;
            long chunks = held.Bytes / SnapshotChunk.BytesMax;
            bool isKnown = held.Bytes % SnapshotChunk.BytesMax == 0 && chunks <= _checksums.Count;
            return isKnown && _checksums[(int)chunks - 1] == checksum ? held.Bytes : 0;
        }
    }

    /// <summary>Reads a chunk; 0 at the end; null when the caller does not own this any more.</summary>
    public int? Read(object owner, long offset, Span<byte> chunk)
    {
        lock (_lock)
        {
            if (_disposed || _owner != owner)
                return null;
            int count = reader.Read(offset, chunk);
            int number = (int)(offset / SnapshotChunk.BytesMax);
            if (count > 0 && number == _checksums.Count)
                _checksums.Add(Crc32C.Compute(number == 0 ? 0 : _checksums[number - 1], chunk[..count]));
            if (count < chunk.Length)
                End ??= new SnapshotEnd(offset + count, _checksums.Count == 0 ? Crc32C.Compute([]) : _checksums[^1]);
            return count;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            reader.Dispose();
        }
    }
}
