using RaftKv.Storage.Disk;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// A plain ordered map of bytes in one file, without versions: one writer, any number of readers on consistent views, transactions that
/// are visible when committed and durable when checkpointed.
/// </summary>
public sealed class BTreeStore : IDisposable
{
    /// <summary>Name of the file in its directory.</summary>
    public const string FileName = "tree.db";

    internal const int Tree = 0;

    private const long ReserveBytesDefault = 4L << 20;

    private BTreeStore(TreeStore store) => Trees = store;

    /// <summary>Longest key in bytes: 32 KiB.</summary>
    public const int KeyBytesMax = 32 << 10;

    /// <summary>Longest value in bytes: 1 GiB.</summary>
    public const int ValueBytesMax = 1 << 30;

    /// <summary>How many entries there are.</summary>
    public long Count => Trees.Current.Trees[Tree].Count;

    /// <summary>Bytes put since the newest durable checkpoint began.</summary>
    public long BytesSinceCheckpoint => Trees.SinceDurable.Bytes;

    /// <summary>Bytes of the file up to its last used page.</summary>
    public long FileBytes => Trees.File.OffsetOf(Trees.FreeList.PageCount);

    internal TreeStore Trees { get; }

    /// <summary>Opens the map of a directory, making an empty one when there is none.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="pageSizeBytes">Bytes per page of a new file: a power of two from 1024 to 32768; default 4096.</param>
    /// <param name="cacheBytes">Native memory for pages; default 256 MiB.</param>
    /// <param name="reserveBytes">
    /// Space in bytes that only deletions, shrinking and checkpoints may use, so that a full disk can be cleared; default 4 MiB, 0 for none.
    /// Too small: a deletion on a full disk is refused like a put. Too large: space that others could use lies idle.
    /// </param>
    public static BTreeStore Open(IStorageDirectory directory, int pageSizeBytes = 4096, long cacheBytes = 256L << 20,
        long reserveBytes = ReserveBytesDefault)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentOutOfRangeException.ThrowIfNegative(reserveBytes);
        if (pageSizeBytes is < PageFile.PageSizeMin or > PageFile.PageSizeMax || !int.IsPow2(pageSizeBytes))
            throw new ArgumentOutOfRangeException(nameof(pageSizeBytes), pageSizeBytes, "A power of two from 1024 to 32768.");
        return new BTreeStore(TreeStore.Open(directory, FileName, pageSizeBytes, cacheBytes, reserveBytes));
    }

    /// <summary>Begins the one write transaction, waiting for the one before to end.</summary>
    public BTreeWriteTransaction BeginWrite() => new(Trees);

    /// <summary>Begins to fill the store, which must be empty, from an ascending stream; waits for the write transaction before.</summary>
    /// <exception cref="InvalidOperationException">The store has entries.</exception>
    public BTreeBulkLoad BeginBulkLoad() => new(Trees);

    /// <summary>Begins a consistent view.</summary>
    public BTreeReadTransaction BeginRead() => new(Trees);

    /// <summary>Makes everything committed durable.</summary>
    /// <exception cref="StorageFullException">The device is full; the last checkpoint stands and this may be tried again.</exception>
    public void Checkpoint() => Trees.Checkpoint();

    /// <summary>Whether so much of the file is free that <see cref="ShrinkStep"/> is worth calling: a sixteenth, and more than 64 pages.</summary>
    public bool ShrinkDue => Trees.Shrinker.IsDue;

    /// <summary>Moves pages from the end of the file to free places; the file becomes shorter with the next checkpoint.</summary>
    /// <param name="pagesMax">Most pages to move in this slice.</param>
    /// <returns>Whether the round over the tree is unfinished.</returns>
    public bool ShrinkStep(int pagesMax = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pagesMax);
        TreeTransaction transaction = Trees.BeginWrite();
        try
        {
            bool more = Trees.Shrinker.Step(transaction, pagesMax);
            Trees.Commit(transaction);
            return more;
        }
        catch
        {
            Trees.Rollback(transaction);
            throw;
        }
    }

    internal static void CheckLimits(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length > KeyBytesMax)
            throw new ArgumentException($"A key has at most {KeyBytesMax} bytes, this one has {key.Length}.", nameof(key));
        if (value.Length > ValueBytesMax)
            throw new ArgumentException($"A value has at most {ValueBytesMax} bytes, this one has {value.Length}.", nameof(value));
    }

    /// <summary>Closes without a checkpoint.</summary>
    public void Dispose() => Trees.Dispose();
}
