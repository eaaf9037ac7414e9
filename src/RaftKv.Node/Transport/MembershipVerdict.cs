namespace RaftKv.Node.Transport;

/// <summary>What became of a change of membership that was asked for on a connection. The numbers are the wire's.</summary>
internal enum MembershipVerdict : byte
{
    /// <summary>It is so, and committed.</summary>
    Done = 1,

    /// <summary>The member that was asked does not lead; nothing was changed by it.</summary>
    NotLeader = 2,

    /// <summary>It cannot be done; nothing was changed.</summary>
    Refused = 3,

    /// <summary>It was not done before the leader's deadline, or the leader stopped; nothing was changed.</summary>
    NotDone = 4,

    /// <summary>The same, but it may still be done.</summary>
    Unknown = 5,
}
