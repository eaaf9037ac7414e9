using RaftKv.Storage.Disk;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>
/// Eight trees in one copy-on-write file: one writer, readers on published roots, checkpoints that run beside both.
/// </summary>
/// <remarks>
/// Published pages are never changed, so a checkpoint is one more reader: it walks what is dirty below its root and writes it.
/// A failed flush leaves the disk unknown: the store then refuses writes and checkpoints until it is opened again.
/// </remarks>
internal sealed class TreeStore : IDisposable
{
    // What a checkpoint does while it keeps the writer out is done in slices of well under a millisecond, between which the writer goes first.
    private const int PagesReclaimedPerSlice = 4096;
    private const long BytesCutPerSlice = 1 << 20;
    private const int LeavesAgedPerSlice = 512;
    private const int PaceMillisecondsMax = 20;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _checkpointing = new(1, 1);
    private readonly ReaderRegistry _readers = new();
    private readonly ReaderSlot _writerSlot;
    private readonly CheckpointWriter _checkpointWriter;
    private readonly PageSpiller _spiller;
    private readonly List<uint> _released = [];
    private readonly List<uint> _unread = [];
    private readonly TransactionPages _pages = new();
    private TreeState _current;
    private MetaPage _meta;
    private List<uint> _freeListPages;
    private long _durableTransaction;
    private int _writersWaiting;
    private int _writersSeen;
    private long _checkpointingTransaction;
    private ReplayWork _inCheckpoint;      // what the checkpoint that is being written will save from being replayed
    private long _bytesToPace;
    private string? _failure;
    private volatile bool _closed;

    private TreeStore(PageFile file, MetaPage meta, PageBitmap free, List<uint> freeListPages, long cacheBytes,
        long reserveBytes)
    {
        File = file;
        PageSizeBytes = file.PageSizeBytes;
        Cache = new PageCache(file, _readers, cacheBytes);
        FreeList = new FreeList(file.FirstPage, free);
        Space = new FileSpace(file, FreeList, reserveBytes);
        if (reserveBytes > 0)
            FreeList.TrimTail();     // the file may end before free pages, and then they need room
        _meta = meta;
        _freeListPages = freeListPages;
        _durableTransaction = FrozenTransaction = meta.Transaction;
        _current = new TreeState(meta.Transaction, meta.Trees, meta.Marks);
        _writerSlot = _readers.Acquire();
        WriterReader = new PageReader(Cache, _readers, _writerSlot);
        Writer = new TreeWriter(PageSizeBytes);
        Shrinker = new TreeShrinker(this);
        _spiller = new PageSpiller(file, Cache);
        _checkpointWriter = new CheckpointWriter(file, Cache, new PageReader(Cache, _readers, _readers.Acquire()));
    }

    public PageFile File { get; }

    public PageCache Cache { get; }

    public FreeList FreeList { get; }

    public FileSpace Space { get; }

    public int PageSizeBytes { get; }

    public PageReader WriterReader { get; }

    public TreeWriter Writer { get; }

    public TreeShrinker Shrinker { get; }

    /// <summary>Transaction of the newest checkpoint, durable or under way; pages made later are in none.</summary>
    public long FrozenTransaction { get; private set; }

    public TreeState Current => Volatile.Read(ref _current);

    /// <summary>The newest durable checkpoint.</summary>
    public MetaPage Durable => Volatile.Read(ref _meta);

    /// <summary>What a crash would make necessary to replay.</summary>
    public ReplayWork SinceDurable { get; private set; }

    /// <summary>Opens the store of a directory, making an empty one when there is none.</summary>
    public static TreeStore Open(IStorageDirectory directory, string name, int pageSizeBytes, long cacheBytes, long reserveBytes = 0)
    {
        if (!directory.Exists(name))
            StoreFile.Create(directory, name, pageSizeBytes);
        IStorageFile file = directory.Open(name);
        try
        {
            MetaPage meta = StoreFile.ReadMeta(file);
            var pages = new PageFile(file, meta.PageSizeBytes);
            var freeListPages = new List<uint>();
            PageBitmap free = FreeListCodec.Read(pages, meta, freeListPages);
            return new TreeStore(pages, meta, free, freeListPages, cacheBytes, reserveBytes);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes a slot with the present root pinned; <see cref="EndRead"/> gives it back.</summary>
    public PageReader BeginRead(out TreeState state)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ReaderSlot slot = _readers.Acquire();
        do
        {
            state = Current;
            Interlocked.Exchange(ref slot.Snapshot, state.Transaction);
        }
        while (!ReferenceEquals(state, Current));
        var reader = new PageReader(Cache, _readers, slot);
        if (!_closed)
            return reader;
        EndRead(reader);    // who closed the store may have left its memory to this one
        throw new ObjectDisposedException(GetType().FullName);
    }

    public void EndRead(PageReader reader)
    {
        reader.End();
        if (_closed)
            FreeMemoryWhenUnused();
    }

    /// <summary>A read whose root, free pages and free list pages belong together: what is none of these is lost.</summary>
    public PageReader BeginCheck(out TreeState state, out PageBitmap free, out IReadOnlyList<uint> freeListPages)
    {
        _checkpointing.Wait();
        _writing.Wait();
        try
        {
            free = FreeList.FreeInCheckpoint();
            freeListPages = _freeListPages.ToArray();
            return BeginRead(out state);
        }
        finally
        {
            _writing.Release();
            _checkpointing.Release();
        }
    }

    /// <summary>Pins the last durable checkpoint: nothing it reaches is written again until <see cref="EndRead"/>.</summary>
    public PageReader BeginBackup(out MetaPage meta)
    {
        _checkpointing.Wait();
        _writing.Wait();
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            meta = _meta;
            ReaderSlot slot = _readers.Acquire();
            Interlocked.Exchange(ref slot.Snapshot, meta.Transaction);
            return new PageReader(Cache, _readers, slot);
        }
        finally
        {
            _writing.Release();
            _checkpointing.Release();
        }
    }

    /// <summary>Begins the one write transaction, waiting for the one before to end.</summary>
    public TreeTransaction BeginWrite()
    {
        Interlocked.Increment(ref _writersWaiting);
        _writing.Wait();
        Interlocked.Decrement(ref _writersWaiting);
        Volatile.Write(ref _writersSeen, _writersSeen + 1);
        try
        {
            ThrowIfUnusable();
            Reclaim();
            _pages.Clear();
            return new TreeTransaction(this, _current, _pages);
        }
        catch
        {
            _writing.Release();
            throw;
        }
    }

    /// <summary>
    /// Holds a writer up that leaves a checkpoint behind. When what came since it began would already make a long replay, each batch waits as
    /// long as it takes to write as much again at one <paramref name="bytesMax"/> a second, until the checkpoint is done. Not between
    /// <see cref="BeginWrite"/> and its end.
    /// </summary>
    /// <param name="bytesMax">
    /// At what size a checkpoint becomes due, as <see cref="ReplayWork.InBytes"/>; half as much again may be there without a wait, or puts over
    /// existing keys would wait most of the time.
    /// </param>
    public void Pace(long bytesMax)
    {
        bool isBehind = Volatile.Read(ref _checkpointingTransaction) != 0
            && (SinceDurable - _inCheckpoint).InBytes(PageSizeBytes) > bytesMax + bytesMax / 2;
        long milliseconds = isBehind ? Math.Min(_bytesToPace * 1000 / bytesMax, PaceMillisecondsMax) : 0;
        if (isBehind && milliseconds == 0)
            return;
        _bytesToPace = 0;
        if (milliseconds > 0 && _checkpointing.Wait((int)milliseconds))
            _checkpointing.Release();
    }

    /// <summary>Writes pages out when too many have their only copy in memory. Writer only, between two changes.</summary>
    public void MakeRoom() => _spiller.MakeRoom(Volatile.Read(ref _checkpointingTransaction));

    /// <summary>Shows the transaction to every reader that begins from now on; durable with the next checkpoint.</summary>
    /// <exception cref="InvalidOperationException">A change of it failed; nothing was shown, roll it back.</exception>
    public void Commit(TreeTransaction transaction)
    {
        transaction.ThrowIfHalfDone();
        if (Volatile.Read(ref _checkpointingTransaction) != 0)
        {
            WriterReader.Pin();
            Cache.Seals.Seal(transaction.Unsealed);
        }
        Volatile.Write(ref _current, new TreeState(transaction.Number, transaction.Trees, transaction.Marks));
        FreeList.AddFreed(transaction.Number, transaction.FreedVolatile, inCheckpoint: false);
        FreeList.AddFreed(transaction.Number, transaction.FreedDurable, inCheckpoint: true);
        SinceDurable += transaction.Work;
        _bytesToPace += transaction.Work.InBytes(PageSizeBytes);
        WriterReader.Unpin();
        _writing.Release();
    }

    /// <summary>Drops the transaction as if it had never been.</summary>
    public void Rollback(TreeTransaction transaction)
    {
        WriterReader.Unpin();
        Cache.Forget(transaction.Made);
        foreach (uint page in transaction.Made)
            FreeList.PutBack(page);
        _writing.Release();
    }

    /// <summary>Makes everything published so far durable.</summary>
    public void Checkpoint()
    {
        _checkpointing.Wait();
        try
        {
            if (_failure is null && !_closed && Current.Transaction == _durableTransaction)
                return;
            Frozen frozen = Freeze();
            try
            {
                WriteOrGiveBack(frozen);
                Complete(frozen);
            }
            catch (Exception exception) when (exception is not (StorageFullException or StorageBusyException))
            {
                _failure = exception.Message;
                throw;
            }
        }
        finally
        {
            Volatile.Write(ref _checkpointingTransaction, 0);
            _checkpointing.Release();
        }
    }

    private sealed record Frozen(TreeState State, PageBitmap Free, List<uint> FreeListPages, uint PageCount);

    // Between two transactions: fixes the root and the free pages as of it, and takes the pages the new free list goes to.
    private Frozen Freeze()
    {
        _writing.Wait();
        try
        {
            ThrowIfUnusable();
            PageBitmap free = FreeList.FreeInCheckpoint();
            foreach (uint page in _freeListPages)
                free.Set(page);
            // Taking a page changes the runs; two numbers of five bytes for each page taken is more than it can add.
            int room = PageSizeBytes - FreeListCodec.HeaderBytes;
            int listBytes = FreeListCodec.Encode(free).Length;
            int count = (listBytes + 10 + room - 11) / (room - 10);
            Space.Ensure((uint)count, fromReserve: true);
            var pages = new List<uint>(count);
            while (pages.Count < count)
            {
                uint page = FreeList.Take();
                pages.Add(page);
                if (page < free.PageCount && !Mutation.Is(Mutant.FreeListOffByOne))
                    free.Clear(page);
            }
            free.Grow(FreeList.PageCount);
            FrozenTransaction = _current.Transaction;
            _checkpointingTransaction = FrozenTransaction;
            _inCheckpoint = SinceDurable;
            Cache.Dirty.LeaveToCheckpoint();
            return new Frozen(_current, free, pages, FreeList.PageCount);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void WriteOrGiveBack(Frozen frozen)
    {
        try
        {
            Write(frozen);
        }
        catch (StorageException exception) when (exception is StorageFullException or StorageBusyException)
        {
            GiveBack(frozen.FreeListPages);
            throw;
        }
    }

    private void Write(Frozen frozen)
    {
        TreeRoot[] trees = _checkpointWriter.WriteTrees(frozen.State);
        PagePointer list = FreeListCodec.WriteChain(File, FreeListCodec.Encode(frozen.Free), frozen.FreeListPages.ToArray());
        if (!Mutation.Is(Mutant.PagesFlushedAfterMeta))
            File.Flush();
        var meta = new MetaPage
        {
            PageSizeBytes = PageSizeBytes,
            Sequence = _meta.Sequence + 1,
            Transaction = frozen.State.Transaction,
            PageCount = frozen.PageCount,
            FreeList = list,
            Trees = trees,
            Marks = frozen.State.Marks,
        };
        if (Mutation.Is(Mutant.CheckpointPositionAhead))
            meta.Marks[Mvcc.MvccMark.AppliedIndex]++;
        StoreFile.WriteMeta(File.File, meta);
        if (!Mutation.Is(Mutant.MetaNotFlushed))
            File.Flush();
        Volatile.Write(ref _meta, meta);
    }

    private void Complete(Frozen frozen)
    {
        InSlices(() => Adopt(frozen));
        InSlices(() => Cache.Dirty.SiftLeftOver(PagesReclaimedPerSlice));
        uint[] roots = [.. frozen.State.Trees.Select(tree => tree.Root.Page)];
        uint leaf = 0;
        InSlices(() => Cache.Seals.Age(ref leaf, LeavesAgedPerSlice, _readers.OldestSnapshot(frozen.State.Transaction) >= frozen.State.Transaction,
            roots));
        InSlices(Reclaim);
        InSlices(TrimTail);
        // No durable root reaches the free pages at the end, so the file may end before them.
        InSlices(() => File.CutTo(Space.PagesKept, BytesCutPerSlice));
    }

    private bool Adopt(Frozen frozen)
    {
        _durableTransaction = frozen.State.Transaction;
        SinceDurable -= _inCheckpoint;
        _inCheckpoint = default;
        // The pages of the old list wait one checkpoint more: a backup may be reading the one that they belong to.
        FreeList.AddFreed(frozen.State.Transaction + 1, _freeListPages, inCheckpoint: true);
        _freeListPages = frozen.FreeListPages;
        return false;
    }

    private bool TrimTail()
    {
        FreeList.TrimTail();
        return false;
    }

    // Keeps the writer out for one slice after another, as long as they leave something to do. A writer that waits goes first.
    private void InSlices(Func<bool> slice)
    {
        for (bool more = true; more;)
        {
            int seen = Volatile.Read(ref _writersSeen);
            while (Volatile.Read(ref _writersWaiting) > 0 && Volatile.Read(ref _writersSeen) == seen)
                Thread.Yield();
            _writing.Wait();
            try
            {
                more = slice();
            }
            finally
            {
                _writing.Release();
            }
        }
    }

    private void GiveBack(List<uint> pages)
    {
        _writing.Wait();
        try
        {
            foreach (uint page in pages)
                FreeList.PutBack(page);
        }
        finally
        {
            _writing.Release();
        }
    }

    // Whether there is more to reclaim.
    private bool Reclaim()
    {
        _released.Clear();
        _unread.Clear();
        long oldest = Mutation.Is(Mutant.PageReusedUnderReader)
            ? _current.Transaction
            : _readers.OldestSnapshot(_current.Transaction);
        bool more = FreeList.Reclaim(oldest, _durableTransaction, PagesReclaimedPerSlice, _released, _unread);
        if (_unread.Count > 0)
            Cache.Unload(_unread);
        if (_released.Count > 0)
            Cache.Forget(_released);
        return more;
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_failure is not null)
            throw new StorageFailedException($"{File.Name}: an earlier failure left the file unknown, reopen it: {_failure}");
    }

    /// <summary>Closes without a checkpoint. Memory goes when the last reader has ended.</summary>
    public void Dispose()
    {
        _checkpointing.Wait();
        _writing.Wait();
        bool isFirst = !_closed;
        _closed = true;
        if (isFirst)
        {
            ReaderRegistry.Release(_writerSlot);
            _checkpointWriter.Dispose();
            _spiller.Dispose();
            Writer.Dispose();
        }
        _writing.Release();
        _checkpointing.Release();
        // A reader that ends now sees that the store is closed, or its end is seen here; the readers' side goes without a fence.
        Interlocked.MemoryBarrierProcessWide();
        FreeMemoryWhenUnused();
    }

    private void FreeMemoryWhenUnused()
    {
        if (_readers.Count() > 0)
            return;
        Cache.Dispose();
        File.Dispose();
    }
}
