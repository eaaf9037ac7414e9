using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>A member tells the leader what it holds; the digest is empty when it cannot read its state.</summary>
/// <param name="group">The group.</param>
/// <param name="position">The entry that names the slice.</param>
/// <param name="incarnation">The member's disk identity.</param>
/// <param name="digest">Its digest.</param>
public sealed class SliceNotice(GroupId group, LogPosition position, long incarnation, ReadOnlyMemory<byte> digest)
    : AttestationNotice(group, position, digest)
{
    /// <summary>The member's disk identity.</summary>
    public long Incarnation { get; } = incarnation;
}
