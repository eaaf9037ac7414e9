using System.Runtime.InteropServices;

namespace RaftKv.Testing.Disk;

/// <summary>Bytes at any offset, zero where nothing was written; memory only for the chunks that were.</summary>
internal sealed class SparseBytes
{
    private const int ChunkBytes = 4096;

    private readonly List<byte[]?> _chunks = [];

    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int within = (int)(offset % ChunkBytes);
            int take = Math.Min(destination.Length, ChunkBytes - within);
            long number = offset / ChunkBytes;
            if (number < _chunks.Count && _chunks[(int)number] is { } chunk)
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
            int number = checked((int)(offset / ChunkBytes));
            if (number >= _chunks.Count)
                CollectionsMarshal.SetCount(_chunks, number + 1);
            byte[] chunk = _chunks[number] ??= new byte[ChunkBytes];
            source[..take].CopyTo(chunk.AsSpan(within));
            source = source[take..];
            offset += take;
        }
    }

    /// <summary>Makes everything from an offset on read as zero.</summary>
    public void Truncate(long length)
    {
        long number = length / ChunkBytes;
        if (number >= _chunks.Count)
            return;
        int within = (int)(length % ChunkBytes);
        _chunks[(int)number]?.AsSpan(within).Clear();
        int left = (int)number + (within > 0 ? 1 : 0);
        _chunks.RemoveRange(left, _chunks.Count - left);
    }

    public SparseBytes Clone()
    {
        SparseBytes copy = new();
        copy._chunks.EnsureCapacity(_chunks.Count);
        foreach (byte[]? chunk in _chunks)
            copy._chunks.Add(chunk is null ? null : [.. chunk]);
        return copy;
    }
}
