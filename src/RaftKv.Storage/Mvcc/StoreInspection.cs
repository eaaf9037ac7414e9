namespace RaftKv.Storage.Mvcc;

/// <summary>What a store's last checkpoint says of itself.</summary>
/// <param name="PageSizeBytes">Bytes per page.</param>
/// <param name="Checkpoint">Number of the checkpoint, from 1.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="CompactedRevision">Reads before it are refused; 0 when nothing was compacted.</param>
/// <param name="Applied">The place in the log that it includes.</param>
/// <param name="Keys">Live keys.</param>
/// <param name="OlderVersions">Superseded versions and deletions kept for reads at older revisions.</param>
/// <param name="FileBytes">Bytes up to the last page in use.</param>
/// <param name="FreeBytes">Bytes of them that hold nothing.</param>
public sealed record StoreInspection(int PageSizeBytes, long Checkpoint, long Revision, long CompactedRevision, StorePosition Applied, long Keys,
    long OlderVersions, long FileBytes, long FreeBytes);
