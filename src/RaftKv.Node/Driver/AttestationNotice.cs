using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// What members tell each other so that a state which differs from the others' is found, outside of the protocol. A closed family.
/// </summary>
/// <param name="group">The group.</param>
/// <param name="position">The entry that names the slice.</param>
/// <param name="digest">A digest of the slice as of there.</param>
public abstract class AttestationNotice(GroupId group, LogPosition position, ReadOnlyMemory<byte> digest)
{
    /// <summary>The group.</summary>
    public GroupId Group { get; } = group;

    /// <summary>The entry that names the slice.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>A digest of the slice as of there; up to <see cref="SliceDigest.BytesMax"/> bytes.</summary>
    public ReadOnlyMemory<byte> Digest { get; } = digest;
}
