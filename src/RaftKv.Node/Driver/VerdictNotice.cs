using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>The leader tells a member what the majority of the members that keep state holds.</summary>
/// <param name="group">The group.</param>
/// <param name="position">The entry that names the slice.</param>
/// <param name="digest">The majority's digest; not empty.</param>
public sealed class VerdictNotice(GroupId group, LogPosition position, ReadOnlyMemory<byte> digest)
    : AttestationNotice(group, position, digest);
