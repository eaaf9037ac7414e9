namespace RaftKv.Node.Transport;

/// <summary>What a connection is for. The numbers are the wire's.</summary>
internal enum ConnectionPurpose : byte
{
    /// <summary>Messages and progress, from the side that connected to the other.</summary>
    Messages = 1,

    /// <summary>The state of one group, from the side that accepted to the one that connected.</summary>
    Snapshot = 2,

    /// <summary>
    /// One question about who belongs to a group, and its answer. The side that connects may be no member yet, and may not know whom it
    /// has reached.
    /// </summary>
    Membership = 3,
}
