using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>What one group held when it was forced.</summary>
/// <param name="Group">The group.</param>
/// <param name="Last">The last entry of its log; everything up to it will be applied.</param>
/// <param name="Commit">
/// The last entry that this member knew to be committed. What lies between may or may not have been acknowledged to whoever wrote it.
/// </param>
public readonly record struct ForcedGroup(GroupId Group, LogIndex Last, LogIndex Commit);
