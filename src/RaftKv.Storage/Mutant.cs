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
}
