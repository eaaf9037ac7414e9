namespace RaftKv.Node.Transport;

/// <summary>What a frame carries. The numbers are the wire's and are never reused.</summary>
internal enum FrameKind : byte
{
    /// <summary>The first frame of the side that connected: who it is, whom it wants, what it speaks, what the connection is for.</summary>
    Hello = 1,

    /// <summary>The answer to a hello that was accepted.</summary>
    Welcome = 2,

    /// <summary>The answer to what was not accepted; its body is a sentence. The connection closes after it.</summary>
    Refusal = 3,

    /// <summary>Messages of the protocol, of any groups.</summary>
    Messages = 4,

    /// <summary>How far the sender has applied the logs of some groups durably.</summary>
    Progress = 5,

    /// <summary>Asks for a group's state.</summary>
    SnapshotRequest = 6,

    /// <summary>The answer: what is coming, and from which offset on.</summary>
    SnapshotHead = 7,

    /// <summary>The next bytes.</summary>
    SnapshotChunk = 8,

    /// <summary>The end: length and checksum of the whole.</summary>
    SnapshotEnd = 9,

    /// <summary>The state has arrived and is no longer needed.</summary>
    SnapshotDone = 10,

    /// <summary>Who belongs to a group.</summary>
    Members = 11,

    /// <summary>Asks for a change of who belongs to a group.</summary>
    MembershipRequest = 12,

    /// <summary>The answer: what became of it, and who leads.</summary>
    MembershipAnswer = 13,

    /// <summary>Something about the mending of a damaged log, where both sides know of it.</summary>
    Repair = 14,

    /// <summary>What a member, or the majority, holds of a slice of a group's state, where both sides know of it.</summary>
    Attestation = 15,
}
