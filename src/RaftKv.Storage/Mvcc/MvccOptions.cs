namespace RaftKv.Storage.Mvcc;

/// <summary>
/// How a store uses memory and disk. The page size is fixed when the file is made; everything else may change at each opening.
/// </summary>
public sealed class MvccOptions
{
    /// <summary>Bytes per page of a store that is made new: a power of two from 1024 to 32768; default 4096.</summary>
    /// <remarks>Larger pages allow longer keys and scan faster; small changes of random keys then copy and write more.</remarks>
    public int PageSizeBytes { get; init; } = 4096;

    /// <summary>
    /// Native memory for pages in bytes, with what is known of them; default 256 MiB, at least 1 MiB and never taken as less than 320
    /// pages, whatever the size of the store or of a batch.
    /// </summary>
    /// <remarks>
    /// It is never exceeded: an operation that finds all of it in the hand of others waits for them, and fails with
    /// <see cref="StorageBusyException"/> when that takes more than half a minute. Some 3 MiB of buffers in which pages are gathered for
    /// writing come on top. An open view keeps 16 bytes in it for each page written since the view began. Too small: pages are read over and
    /// over, and large batches are written twice.
    /// </remarks>
    public long CacheBytes { get; init; } = 256L << 20;

    /// <summary>How much a crash may leave to replay before a checkpoint is due, in bytes; default 64 MiB.</summary>
    /// <remarks>
    /// Keys and values count as written, and every page of the last checkpoint that was replaced since for a quarter of its bytes, because
    /// a replay has to read it: new keys in order count little more than themselves, small values put over at random several times as much.
    /// With the default a replay takes a few tenths of a second. The writer goes on while a checkpoint is being written; once one and a half
    /// times as much has come since it began, the writer is slowed down to this much a second. Too small: the same pages are written over and
    /// over. Too large: more of the log is replayed after a crash.
    /// </remarks>
    public long CheckpointBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Space of the file in bytes that only deletions, compaction, shrinking and checkpoints may use, so that a full disk can be cleared;
    /// default 4 MiB, 0 for none. A small store keeps less: some pages more than twice what it has.
    /// </summary>
    /// <remarks>
    /// <para>
    /// With a reserve the file is made longer ahead of its use, by a sixteenth at a time: a change that could not be checkpointed for want
    /// of room is refused when it is made. Without one a checkpoint finds the disk full when it is, and can be tried again.
    /// </para>
    /// <para>
    /// It has to hold the pages that are copied for what is deleted between two checkpoints and for a slice of <see cref="MvccStore.Tidy"/>;
    /// the default is ample for slices of the default size. Too small: a deletion on a full disk is refused like a put, until less is deleted
    /// between two checkpoints. Too large: space that others could use lies idle.
    /// </para>
    /// </remarks>
    public long ReserveBytes { get; init; } = ReserveBytesDefault;

    internal const long ReserveBytesDefault = 4L << 20;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ReserveBytes);
        if (PageSizeBytes is < Pages.PageFile.PageSizeMin or > Pages.PageFile.PageSizeMax || !int.IsPow2(PageSizeBytes))
            throw new ArgumentOutOfRangeException(nameof(PageSizeBytes), PageSizeBytes, "A power of two from 1024 to 32768.");
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheBytes, 1 << 20);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(CheckpointBytes);
    }
}
