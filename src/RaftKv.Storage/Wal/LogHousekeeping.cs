namespace RaftKv.Storage.Wal;

/// <summary>What the log itself has to say with the next write: releases, and segments no longer needed.</summary>
internal sealed class LogHousekeeping
{
    public WalBatch Batch { get; } = new();

    /// <summary>Groups whose release is in the batch.</summary>
    public List<GroupLog> Released { get; } = [];

    /// <summary>The oldest segment needed once the batch is durable; 0 when that did not change.</summary>
    public long Oldest { get; set; }
}
