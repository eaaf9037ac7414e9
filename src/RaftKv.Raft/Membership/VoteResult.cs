namespace RaftKv.Raft.Membership;

/// <summary>Where an election stands.</summary>
public enum VoteResult : byte
{
    /// <summary>The votes to come decide.</summary>
    Pending = 0,

    /// <summary>A quorum granted.</summary>
    Won = 1,

    /// <summary>No quorum can grant any more.</summary>
    Lost = 2,
}
