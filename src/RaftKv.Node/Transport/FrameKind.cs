namespace RaftKv.Node.Transport;

/// <summary>What a frame carries. The numbers are the wire's and are never reused.</summary>
internal enum FrameKind : byte
{
    /// <summary>The first frame of the side that connected: who it is and whom it wants.</summary>
    Hello = 1,

    /// <summary>The answer to a hello that was accepted.</summary>
    Welcome = 2,

    /// <summary>The answer to a hello that was not; its body is a sentence. The connection closes after it.</summary>
    Refusal = 3,

    /// <summary>A message of the protocol.</summary>
    Message = 4,

    /// <summary>How far the sender has applied the log durably.</summary>
    Progress = 5,

    /// <summary>Who belongs to a group.</summary>
    Members = 6,
}
