using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// A member tells that nobody can put right what its log lost: it keeps silent until the group has gone on without it, and is then
/// admitted anew.
/// </summary>
/// <param name="group">The group.</param>
public sealed class RepairWait(GroupId group) : RepairNotice(group);
