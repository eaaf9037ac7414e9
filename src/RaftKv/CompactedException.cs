namespace RaftKv;

/// <summary>The history asked for is gone. Nothing was changed; read the newest state and go on from its revision.</summary>
public sealed class CompactedException(long requestedRevision, long compactedRevision)
    : Exception($"Revision {requestedRevision} has been compacted: history is kept from revision {compactedRevision} on.")
{
    /// <summary>The revision that was asked for.</summary>
    public long RequestedRevision => requestedRevision;

    /// <summary>The oldest revision that can still be read.</summary>
    public long CompactedRevision => compactedRevision;
}
