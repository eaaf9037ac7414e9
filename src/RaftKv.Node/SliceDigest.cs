namespace RaftKv.Node;

/// <summary>What became of a slice of a machine's state: equal states give equal digests, on every member.</summary>
public readonly struct SliceDigest
{
    /// <summary>The longest digest.</summary>
    public const int BytesMax = 64;

    /// <summary>The longest name of a place where a slice begins.</summary>
    public const int NextBytesMax = 64 * 1024;

    /// <summary>Takes over what was worked out.</summary>
    /// <param name="digest">
    /// 1 to <see cref="BytesMax"/> bytes that follow from the slice alone, not from how it lies on the disk, and from
    /// <paramref name="next"/>.
    /// </param>
    /// <param name="next">Where the next slice begins, up to <see cref="NextBytesMax"/> bytes; empty when this was the last one.</param>
    /// <exception cref="ArgumentException">One of them has another length.</exception>
    public SliceDigest(ReadOnlyMemory<byte> digest, ReadOnlyMemory<byte> next)
    {
        if (digest.Length is < 1 or > BytesMax)
            throw new ArgumentException($"A digest has 1 to {BytesMax} bytes, this one has {digest.Length}.", nameof(digest));
        if (next.Length > NextBytesMax)
            throw new ArgumentException($"A place has up to {NextBytesMax} bytes, this one has {next.Length}.", nameof(next));
        (Digest, Next) = (digest, next);
    }

    /// <summary>The digest.</summary>
    public ReadOnlyMemory<byte> Digest { get; }

    /// <summary>Where the next slice begins; empty when this was the last one.</summary>
    public ReadOnlyMemory<byte> Next { get; }
}
