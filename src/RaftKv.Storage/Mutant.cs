namespace RaftKv;

/// <summary>Known bugs of storage engines, to prove that the tests would find them.</summary>
internal enum Mutant
{
    /// <summary>Everything as it should be.</summary>
    None,

    /// <summary>Acknowledges a write of the log without its flush.</summary>
    LogFlushSkipped,

    /// <summary>Begins a log segment whose name is not durable.</summary>
    LogDirectoryNotFlushed,

    /// <summary>Writes the meta page before the pages below it are durable.</summary>
    PagesFlushedAfterMeta,

    /// <summary>Counts a checkpoint as durable before its meta page is.</summary>
    MetaNotFlushed,

    /// <summary>Names a place in the log that the checkpoint does not include.</summary>
    CheckpointPositionAhead,

    /// <summary>Writes over pages that the last durable checkpoint reaches.</summary>
    PageReusedBeforeCheckpoint,

    /// <summary>Lists a page as free that was just taken.</summary>
    FreeListOffByOne,

    /// <summary>Sweeps the versions that the compacted revision itself shows.</summary>
    CompactionSweepsKept,

    /// <summary>Skips a revision where a batch of a watch is full.</summary>
    WatchDropsAtBatchEnd,

    /// <summary>Takes a page for what it should be without looking at its checksum.</summary>
    ChecksumIgnored,

    /// <summary>Counts a new store as there before its name is durable.</summary>
    StoreDirectoryNotFlushed,

    /// <summary>Puts another member's store in place before its name is durable.</summary>
    StateNotFlushed,

    /// <summary>Ends a batch of a watch inside a revision, whose rest is lost.</summary>
    WatchSplitsRevision,

    /// <summary>Refuses to read the oldest revision that is kept.</summary>
    CompactionHidesKept,

    /// <summary>Reads revisions whose history was given up.</summary>
    CompactionAheadOfReader,

    /// <summary>Acknowledges a write of the log whose flush failed.</summary>
    FlushFailureIgnored,

    /// <summary>Writes over pages that a reader still sees.</summary>
    PageReusedUnderReader,

    /// <summary>Puts another member's store in place before its content is durable.</summary>
    StateContentNotFlushed,

    /// <summary>Opens a store at the older of its two checkpoints.</summary>
    OlderMetaTaken,
}
