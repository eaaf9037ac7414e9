namespace RaftKv.Raft.Membership;

/// <summary>What a change makes of one member.</summary>
public enum MemberChangeKind : byte
{
    /// <summary>A voter, at once: a newcomer counts before it holds the log. Prefer <see cref="Join"/>.</summary>
    AddVoter = 0,

    /// <summary>A learner; a voter is demoted.</summary>
    AddLearner = 1,

    /// <summary>No member.</summary>
    Remove = 2,

    /// <summary>A voter without payloads that never leads; who keeps data becomes none.</summary>
    AddWitness = 3,

    /// <summary>A learner that the leader promotes to voter by itself once it has caught up (thesis 4.2.1).</summary>
    Join = 4,

    /// <summary>What it is; it only moves to <see cref="MemberChange.Address"/>.</summary>
    Readdress = 5,
}
