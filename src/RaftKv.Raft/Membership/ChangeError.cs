namespace RaftKv.Raft.Membership;

/// <summary>Why a configuration cannot be changed as asked.</summary>
public enum ChangeError : byte
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>It is joint already: leave first.</summary>
    AlreadyJoint = 1,

    /// <summary>It is not joint: there is nothing to leave.</summary>
    NotJoint = 2,

    /// <summary>No voter that keeps data would be left.</summary>
    NoVoterLeft = 3,

    /// <summary>More than one voter would come or go, which only a joint configuration may do (thesis 4.1).</summary>
    NeedsJoint = 4,

    /// <summary>A member's number is less than 1.</summary>
    InvalidMember = 5,

    /// <summary>A witness's log lacks payloads: it has to be removed, and a member with an empty disk and another number added.</summary>
    WitnessHoldsNoData = 6,

    /// <summary>A member that is not there cannot move.</summary>
    UnknownMember = 7,

    /// <summary>The text is no address; see <see cref="MemberAddress"/>.</summary>
    InvalidAddress = 8,

    /// <summary>There is no newer format that every member has said it speaks, since it was last connected.</summary>
    NoNewerFormat = 9,

    /// <summary>Who would come has said that it does not speak the format in effect.</summary>
    FormatNotSpoken = 10,

    /// <summary>
    /// A member that keeps data becomes no witness: it may be the only one to hold an entry, and then nobody could lead. It has to be removed,
    /// and a witness with an empty disk and another number added.
    /// </summary>
    HoldsData = 11,
}
