namespace RaftKv.Raft;

/// <summary>What a member is doing in its group (Raft 5.1, thesis 9.6 for the pre-candidate).</summary>
public enum Role : byte
{
    /// <summary>Follows a leader, or waits for one.</summary>
    Follower = 0,

    /// <summary>Asks whether an election could be won, without disturbing anybody.</summary>
    PreCandidate = 1,

    /// <summary>Asks for votes.</summary>
    Candidate = 2,

    /// <summary>Leads.</summary>
    Leader = 3,
}
