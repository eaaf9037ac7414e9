using RaftKv.Raft.Log;

namespace RaftKv.Raft;

/// <summary>What must reach the disk as one atomic record, in the order of <see cref="Ready.Number"/>.</summary>
/// <remarks>Part of its <see cref="Ready"/>: it is handed back with it.</remarks>
public sealed class PersistBatch
{
    // What a batch that was put together may keep for the next one: a few messages of small entries, 64 KiB of references. One that
    // grew beyond it leaves its array to the collector.
    private const int JoinedMax = 16 * EntryChunk.EntriesMax;

    private EntryChunk? _chunk;
    private Entry[] _joined = [];

    internal PersistBatch()
    {
    }

    /// <summary>The new hard state, or null when it did not change.</summary>
    public HardState? HardState { get; private set; }

    /// <summary>
    /// Consecutive entries. If the first one's index is not beyond the last stored index, the stored suffix from there on is replaced.
    /// </summary>
    public ReadOnlyMemory<Entry> Entries { get; private set; }

    /// <summary>The sum of the entries' sizes.</summary>
    public long Bytes { get; private set; }

    internal void Fill(long number, RaftLog log, HardState? hardState)
    {
        HardState = hardState;
        EntrySlice slice = log.TakeUnwritten(number, ref _joined);
        slice.Chunk?.Pin();
        (Entries, Bytes) = (slice.Entries, slice.Bytes);
        _chunk = slice.Chunk;
    }

    internal void HandBack()
    {
        if (_joined.Length > JoinedMax)
            _joined = [];
        else if (_chunk is null && _joined.Length > 0)
            Array.Clear(_joined);
        _chunk?.Unpin();
        _chunk = null;
        Entries = default;
    }
}
