namespace RaftKv.Raft.Log;

/// <summary>Chunks to be filled anew.</summary>
internal sealed class ChunkPool
{
    // A window gives up a chunk for each that it begins, but a member that catches up begins several before it gives up any: what one
    // read of the log or a few messages bring. 128 KiB at most.
    private const int ChunksMax = 16;

    private FreeList<EntryChunk> _free = new(ChunksMax);

    public EntryChunk Take(LogIndex first, long startBytes, long bytesMax)
    {
        EntryChunk chunk = _free.Take() ?? new EntryChunk(this);
        chunk.Begin(first, startBytes, bytesMax);
        return chunk;
    }

    public void Add(EntryChunk chunk) => _free.Add(chunk);
}
