namespace RaftKv.Node;

/// <summary>What part a member plays in its cluster.</summary>
public enum MemberKind : byte
{
    /// <summary>It counts for elections and commits.</summary>
    Voter = 0,

    /// <summary>It receives the log and counts for nothing.</summary>
    Learner = 1,

    /// <summary>A learner that the leader makes a voter by itself once it has caught up.</summary>
    Joining = 2,

    /// <summary>It counts, but keeps no data and never leads.</summary>
    Witness = 3,
}
