namespace RaftKv.Storage.Pages;

/// <summary>
/// Frames for whoever needs one, from the budget of <see cref="FramePool"/>. What the budget has no new frame for is evicted from clean
/// pages that were not used for a while (second chance). Guarded by the cache's lock, but for <see cref="Take"/>, which takes it.
/// </summary>
/// <remarks>
/// A frame that was unlinked may still be read by operations that found it before, so some are unlinked ahead of need. Dirty frames are never
/// evicted. So the budget, entries included, is never exceeded: an access waits for older ones, and the oldest has a reserve.
/// </remarks>
internal sealed unsafe class FrameSupply : IDisposable
{
    private const int EvictionBatch = 64;
    private const int SpinsBeforeSleep = 256;
    private const int WaitsMax = SpinsBeforeSleep + 30_000;     // of a millisecond each

    private const string InHand = "is in the hand of operations under way";

    private readonly Lock _lock;
    private readonly string _fileName;
    private readonly ReaderRegistry _readers;
    private readonly PageTable _table;
    private readonly FramePool _frames;
    private readonly int _spareMin;
    private uint _hand;
    private int _withoutEviction;
    private bool _disposed;

    public FrameSupply(Lock cacheLock, PageFile file, ReaderRegistry readers, PageTable table, long budgetBytes)
    {
        _lock = cacheLock;
        _fileName = file.Name;
        _readers = readers;
        _table = table;
        _frames = new FramePool(readers, table, file.PageSizeBytes, budgetBytes);
        _spareMin = (int)Math.Min(2 * EvictionBatch, _frames.Budget / 8);
    }

    /// <summary>Dirty pages beyond this number leave too little to what is read: three quarters of what the budget has for pages.</summary>
    public long DirtyPagesMax => _frames.PagesMax - _frames.PagesMax / 4 - _spareMin;

    /// <summary>Bytes of native memory in use.</summary>
    public long Bytes => _frames.Bytes;

    /// <summary>A frame, of whatever content; waits for older accesses when all are in their hands.</summary>
    /// <remarks>
    /// What was unlinked may still be in the hand of an older access, whose end is waited for. The oldest access never waits and may use the
    /// reserve, so there is always one that goes on; a thread may be stuck in a read or in its caller's code, so there is a limit.
    /// </remarks>
    public long Take(ReaderSlot reader)
    {
        for (SpinWait wait = default; ; wait.SpinOnce(SpinsBeforeSleep))
        {
            lock (_lock)
            {
                if (TryTake(reader, out long frame))
                    return frame;
            }
            if (wait.Count >= WaitsMax)
                throw NoMemory("was held by operations that take more than half a minute");
        }
    }

    /// <summary>A frame if nobody has to be waited for.</summary>
    public bool TryTake(ReaderSlot reader, out long frame)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        MakeSpare();
        if (_frames.Ready > 1)
            _ = _frames.TryFeedTable();
        frame = 0;
        if (_frames.Ready <= 0 && !_readers.IsOldestAccess(reader))
            return false;
        return _frames.TryTake(out frame) ? true : throw NoMemory(InHand);
    }

    /// <summary>Takes back a frame that nobody can look into.</summary>
    public void Free(long frame) => _frames.Free(frame);

    /// <summary>Takes back a frame that was just unlinked.</summary>
    public void Retire(long frame) => _frames.Retire(frame);

    /// <summary>The entry of a page that is to have a frame, which is given back when there is no memory for the entry.</summary>
    public PageEntry* Entry(uint page, long frame)
    {
        if (_frames.TryFeedTable())
            return _table.Add(page);
        _frames.Free(frame);
        throw NoMemory(InHand);
    }

    private StorageBusyException NoMemory(string why)
        => new($"{_fileName}: all of the {_frames.Bytes} bytes of memory for pages {why}; ask for less at once, or give the store more.");

    // Unlinks frames ahead of need: what is unlinked now can be used once the accesses of this moment are over.
    private void MakeSpare()
    {
        if (_frames.Ready >= _spareMin)
            return;
        // When nothing can be evicted the hand would go round for every frame: then it is asked again a while later.
        if (_frames.Spare < 2 * _spareMin && --_withoutEviction < 0)
        {
            _withoutEviction = Evict() > 0 ? 0 : EvictionBatch;
            _readers.Advance();     // so that accesses which begin from now on keep nothing of it
        }
        _frames.FreeRetired();
    }

    private int Evict()
    {
        uint leaves = _table.LeafEnd;
        int evicted = 0;
        for (ulong seen = 0; seen < 2UL * leaves && evicted < EvictionBatch;)
        {
            if (_hand >= leaves)
                _hand = 0;
            PageEntry* entries = _table.Leaf(_hand);
            uint passed = 1;
            if (entries == null)
                passed = _table.AbsentFrom(_hand);
            else if (!EvictFrom(entries, ref evicted))
                _frames.RetirePiece(_table.Remove(_hand));
            _hand += passed;
            seen += passed;
        }
        return evicted;
    }

    // Whether something is still to be known of these pages.
    private bool EvictFrom(PageEntry* entries, ref int evicted)
    {
        bool isUsed = false;
        for (int i = 0; i < PageTable.LeafPages; i++)
        {
            PageEntry* entry = entries + i;
            if (entry->Frame != 0 && entry->Dirty == 0)
            {
                if (entry->Referenced == 0)
                {
                    _frames.Retire(entry->Frame);
                    Volatile.Write(ref entry->Frame, 0);
                    evicted++;
                }
                entry->Referenced = 0;
            }
            isUsed |= entry->Frame != 0 || (entry->Written | entry->Dirty | entry->Unsealed) != 0;
        }
        return isUsed;
    }

    public void Dispose()
    {
        _disposed = true;
        _frames.Dispose();
    }
}
