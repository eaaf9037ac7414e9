namespace RaftKv.Raft.Log;

/// <summary>Consecutive entries that leave the core.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Bytes">The sum of their sizes.</param>
/// <param name="Chunk">Where they lie in the log, to be pinned by whoever keeps them; null when they lie elsewhere.</param>
internal readonly record struct EntrySlice(ReadOnlyMemory<Entry> Entries, long Bytes, EntryChunk? Chunk)
{
    /// <summary>Entries that lie outside of the log.</summary>
    public static EntrySlice Outside(ReadOnlyMemory<Entry> entries)
    {
        long bytes = 0;
        foreach (Entry entry in entries.Span)
            bytes += entry.SizeBytes;
        return new EntrySlice(entries, bytes, null);
    }
}
