using RaftKv.Storage.Disk;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// A multi-version key-value store with etcd's data model in one file. Batches are visible when committed and durable when checkpointed:
/// whoever needs more keeps a log and replays what is newer than <see cref="Durable"/>.
/// </summary>
public sealed class MvccStore : IDisposable
{
    /// <summary>Longest key in bytes: 32 KiB.</summary>
    public const int KeyBytesMax = 32 << 10;

    /// <summary>Longest value in bytes: 1 GiB.</summary>
    public const long ValueBytesMax = 1L << 30;

    /// <summary>Name of the file in its directory.</summary>
    public const string FileName = "store.db";

    internal const int BlobNameBytesMax = 128;

    private readonly TreeStore _store;
    private readonly Housekeeper _housekeeper;
    private readonly MvccOptions _options;

    private MvccStore(TreeStore store, MvccOptions options)
    {
        _store = store;
        _options = options;
        Writer = new VersionWriter(store);
        _housekeeper = new Housekeeper(this, store);
    }

    /// <summary>The newest revision; 1 in a fresh store.</summary>
    public long Revision => _store.Current.Marks[MvccMark.Revision] + 1;

    /// <summary>Reads before this revision are refused; 0 when nothing was compacted.</summary>
    public long CompactedRevision => _store.Current.Marks[MvccMark.CompactedRevision];

    /// <summary>The place in the log that the newest batch includes.</summary>
    public StorePosition Applied => PositionOf(_store.Current.Marks);

    /// <summary>The place in the log that the last checkpoint includes; what is newer is lost in a crash and must be replayed.</summary>
    public StorePosition Durable => PositionOf(_store.Durable.Marks);

    /// <summary>
    /// Whether a crash would leave enough to replay, or enough memory holds unwritten pages, or <see cref="Tidy"/> has freed what only a
    /// checkpoint can give back, that <see cref="Checkpoint"/> should be called.
    /// </summary>
    public bool CheckpointDue => _store.SinceDurable.InBytes(_store.PageSizeBytes) >= _options.CheckpointBytes
        || _store.Cache.Dirty.Bytes > _options.CacheBytes / 2 || _housekeeper.AwaitsCheckpoint;

    /// <summary>Whether compacted versions wait to be removed by <see cref="Tidy"/>.</summary>
    public bool CompactionPending
        => _store.Current.Marks[MvccMark.SweptRevision] < _store.Current.Marks[MvccMark.CompactedRevision];

    /// <summary>Bytes of the file up to its last used page.</summary>
    public long FileBytes => _store.File.OffsetOf(_store.FreeList.PageCount);

    /// <summary>Bytes of the file that hold something; the rest is free for new pages.</summary>
    public long UsedBytes => FileBytes - (_store.FreeList.FreeCount + _store.FreeList.WaitingCount) * _store.PageSizeBytes;

    /// <summary>Native memory that pages take now, in bytes; <see cref="MvccOptions.CacheBytes"/> is the budget.</summary>
    public long MemoryBytes => _store.Cache.AllocatedBytes;

    internal VersionWriter Writer { get; }

    internal TreeStore Trees => _store;

    /// <summary>Opens the store in a directory (file <c>store.db</c>), making an empty one when there is none.</summary>
    /// <exception cref="StorageCorruptException">The file is no store, or its last checkpoint is damaged; nothing was changed.</exception>
    public static MvccStore Open(IStorageDirectory directory, MvccOptions options)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new MvccStore(TreeStore.Open(directory, FileName, options.PageSizeBytes, options.CacheBytes, options.ReserveBytes),
            options);
    }

    /// <summary>
    /// Begins a batch, waiting for the one before to end; and for up to 20 ms when a checkpoint under way has been left so far behind that
    /// a crash would make a long replay.
    /// </summary>
    /// <exception cref="StorageFailedException">An earlier checkpoint failed; reopen the store.</exception>
    public MvccWriteTransaction BeginWrite()
    {
        _store.Pace(_options.CheckpointBytes);
        return BeginSlice();
    }

    /// <summary>Begins a consistent view of the newest batch.</summary>
    public MvccReadTransaction BeginRead() => new(_store);

    /// <summary>
    /// Makes every batch committed so far durable, together with its place in the log. May run on any thread beside readers and the
    /// writer, whom it stops only between two batches for a moment; not while the same thread holds an unfinished batch.
    /// </summary>
    /// <exception cref="StorageFullException">The device is full; the last checkpoint stands and this may be tried again.</exception>
    /// <exception cref="StorageFailedException">A flush failed; the store must be reopened.</exception>
    public void Checkpoint() => _store.Checkpoint();

    /// <summary>Whether <see cref="Tidy"/> has something to do.</summary>
    public bool TidyDue => _housekeeper.IsDue;

    /// <summary>
    /// Does a slice of the work that can be put off, as a batch of its own: removes compacted versions and, when none are left, gives space
    /// back. To be called between batches and while nothing else is to be done, as long as <see cref="TidyDue"/>; the writer waits for it.
    /// </summary>
    /// <param name="stepsMax">Most versions to remove, or pages to move; default 64, well under a millisecond.</param>
    /// <returns>
    /// Whether more is left that can be done now. When not, <see cref="CheckpointDue"/> tells whether a checkpoint would free more.
    /// </returns>
    public bool Tidy(int stepsMax = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepsMax);
        if (CompactionPending)
            CompactStep(stepsMax);
        else if (TidyDue)
            ShrinkStep(stepsMax);
        return TidyDue;
    }

    /// <summary>Begins a backup of the last checkpoint, beside reads, writes and later checkpoints.</summary>
    public StoreBackup BeginBackup() => new(_store);

    /// <summary>Examines the whole file beside normal work: checksums, key order, and that every page is used once or free.</summary>
    /// <param name="progress">Called now and then, and at the end; null for none.</param>
    public CheckReport Check(Action<StoreProgress>? progress = null) => new StoreCheck(_store, progress).Run();

    /// <summary>Closes without a checkpoint: what is newer than <see cref="Durable"/> comes back from the log.</summary>
    public void Dispose() => _store.Dispose();

    /// <summary>Begins a batch of work that can be put off, or that is part of another.</summary>
    internal MvccWriteTransaction BeginSlice() => new(this, _store);

    /// <summary>Removes compacted versions, at most about as many as said, as a batch of its own; whether more are left.</summary>
    internal bool CompactStep(int changesMax = 1000) => _housekeeper.Sweep(changesMax);

    /// <summary>Moves pages from the end of the file to free places, as a batch of its own; whether the round is unfinished.</summary>
    internal bool ShrinkStep(int pagesMax = 256) => _housekeeper.Shrink(pagesMax);

    internal static void CheckLimits(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length == 0 || key.Length > KeyBytesMax)
            throw new ArgumentException($"A key has 1 to {KeyBytesMax} bytes, this one has {key.Length}.", nameof(key));
        if (value.Length > ValueBytesMax)
            throw new ArgumentException($"A value has at most {ValueBytesMax} bytes, this one has {value.Length}.", nameof(value));
    }

    private static StorePosition PositionOf(long[] marks) => new(marks[MvccMark.AppliedTerm], marks[MvccMark.AppliedIndex]);
}
