using RaftKv.Raft;

namespace RaftKv.Node.Persistence;

/// <summary>Whose directory this is: written once when a node first starts in it, checked at every start after.</summary>
/// <param name="ClusterId">The cluster's name.</param>
/// <param name="NodeId">The member's number.</param>
/// <param name="Incarnation">A number drawn when the directory was first used, so that a wiped member can be told from itself.</param>
internal sealed record NodeIdentity(string ClusterId, NodeId NodeId, ulong Incarnation)
{
    /// <summary>
    /// The disk identity that the protocol states: another one when either the directory or the log in it was lost and made anew.
    /// </summary>
    /// <param name="log">The log's own identity.</param>
    public long WithLog(long log) => (long)Incarnation == log ? log : (long)Incarnation ^ log;
}
