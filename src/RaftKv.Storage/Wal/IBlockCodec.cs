namespace RaftKv.Storage.Wal;

/// <summary>Compresses one block of bytes whose length is kept elsewhere. Implementations hold no state and serve any thread.</summary>
public interface IBlockCodec
{
    /// <summary>Compresses a block.</summary>
    /// <param name="source">The block.</param>
    /// <param name="destination">Receives the compressed bytes; its length is the most that is worth keeping.</param>
    /// <returns>Compressed bytes; 0 when they do not fit.</returns>
    int Compress(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Restores a block from untrusted bytes.</summary>
    /// <param name="source">The compressed bytes, all of them.</param>
    /// <param name="destination">Exactly as long as the block was.</param>
    /// <returns>Whether the source was one whole block of that length; when not, the destination is undefined.</returns>
    bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination);
}
