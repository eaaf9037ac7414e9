namespace RaftKv.Node.Transport;

/// <summary>What reading one frame came to. Everything but the first two ends the connection.</summary>
internal enum FrameStatus : byte
{
    Done,
    NeedMore,
    NotAFrame,
    UnknownVersion,
    WrongCluster,
    TooLarge,
    BadChecksum,
    Malformed,
}
