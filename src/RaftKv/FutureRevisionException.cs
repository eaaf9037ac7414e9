namespace RaftKv;

/// <summary>A revision that does not exist yet was asked for. Nothing was changed.</summary>
public sealed class FutureRevisionException(long requestedRevision, long currentRevision)
    : Exception($"Revision {requestedRevision} does not exist yet: the store is at revision {currentRevision}.")
{
    /// <summary>The revision that was asked for.</summary>
    public long RequestedRevision => requestedRevision;

    /// <summary>The newest revision of the store when it was asked.</summary>
    public long CurrentRevision => currentRevision;
}
