using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>The machine's own digest of a slice that an entry names.</summary>
/// <param name="position">The entry.</param>
/// <param name="from">Where the slice begins.</param>
/// <param name="digest">The digest, and where the next slice begins; null when the state cannot be read there.</param>
/// <param name="damage">Why it cannot be read, in words; null when it can.</param>
public sealed class AttestedInput(LogPosition position, ReadOnlyMemory<byte> from, SliceDigest? digest, string? damage = null) : NodeInput
{
    /// <summary>The entry.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>Where the slice begins.</summary>
    public ReadOnlyMemory<byte> From { get; } = from;

    /// <summary>The digest; empty when the state cannot be read there.</summary>
    public ReadOnlyMemory<byte> Digest { get; } = digest?.Digest ?? default;

    /// <summary>Where the next slice begins; empty at the end of the state, and when it cannot be read.</summary>
    public ReadOnlyMemory<byte> Next { get; } = digest?.Next ?? default;

    /// <summary>Why the state cannot be read there, in words; null when it can.</summary>
    public string? Damage { get; } = damage;
}
