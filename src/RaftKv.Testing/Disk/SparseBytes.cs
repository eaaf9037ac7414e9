namespace RaftKv.Testing.Disk;

/// <summary>Bytes at any offset, zero where nothing was written; memory only for the chunks that were.</summary>
internal sealed class SparseBytes
{
    private const int ChunkBytes = 4096;

    private readonly Dictionary<long, byte[]> _chunks = [];

    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int within = (int)(offset % ChunkBytes);
            int take = Math.Min(destination.Length, ChunkBytes - within);
            if (_chunks.TryGetValue(offset / ChunkBytes, out byte[]? chunk))
                chunk.AsSpan(within, take).CopyTo(destination);
            else
                destination[..take].Clear();
            destination = destination[take..];
            offset += take;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            int within = (int)(offset % ChunkBytes);
            int take = Math.Min(source.Length, ChunkBytes - within);
            if (!_chunks.TryGetValue(offset / ChunkBytes, out byte[]? chunk))
                _chunks.Add(offset / ChunkBytes, chunk = new byte[ChunkBytes]);
            source[..take].CopyTo(chunk.AsSpan(within));
            source = source[take..];
            offset += take;
        }
    }

    /// <summary>Makes everything from an offset on read as zero.</summary>
    public void Truncate(long length)
    {
        List<long> beyond = [.. _chunks.Keys.Where(number => number * ChunkBytes >= length)];
        foreach (long number in beyond)
            _chunks.Remove(number);
        if (_chunks.TryGetValue(length / ChunkBytes, out byte[]? chunk))
            chunk.AsSpan((int)(length % ChunkBytes)).Clear();
    }

    public SparseBytes Clone()
    {
        SparseBytes copy = new();
        foreach ((long number, byte[] chunk) in _chunks)
            copy._chunks.Add(number, (byte[])chunk.Clone());
        return copy;
    }
}
