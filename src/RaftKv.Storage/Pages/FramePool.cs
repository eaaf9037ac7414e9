namespace RaftKv.Storage.Pages;

/// <summary>
/// The native memory of the page cache under one budget: frames for pages, some of which the table of entries is made of. What was taken
/// out of use may still be read by operations that found it before; it is used again once every such operation is over.
/// </summary>
/// <remarks>
/// Some frames are a reserve for the oldest access under way, which is the one that can wait for nobody. They come back to it with whatever is
/// freed next. Guarded by the cache's lock.
/// </remarks>
internal sealed unsafe class FramePool : IDisposable
{
    private const int FramesMin = 320;
    private const int ReserveMin = 64;
    private const int ReserveShare = 16;
    private const int TableRootShare = 128;

    private readonly ReaderRegistry _readers;
    private readonly PageTable _table;
    private readonly int _pageSizeBytes;
    private readonly long _framesMax;
    private readonly FrameSlabs _slabs;
    private readonly Stack<long> _free = new();
    private readonly Queue<Retired> _retired = new();
    private readonly List<long> _held = [];
    private long _frames;
    private long _tableFrames;

    public FramePool(ReaderRegistry readers, PageTable table, int pageSizeBytes, long budgetBytes)
    {
        _readers = readers;
        _table = table;
        _pageSizeBytes = pageSizeBytes;
        long frames = Math.Max(budgetBytes / pageSizeBytes, FramesMin);
        _framesMax = frames - frames / TableRootShare;
        Budget = _framesMax - Math.Max(frames / ReserveShare, ReserveMin);
        _slabs = new FrameSlabs(pageSizeBytes, _framesMax);
    }

    private readonly record struct Retired(long Memory, long Epoch, bool IsPiece);

    /// <summary>Frames without the reserve.</summary>
    public long Budget { get; }

    /// <summary>Of these, those that can hold pages, as it stands.</summary>
    public long PagesMax => Math.Max(Budget - Volatile.Read(ref _tableFrames), Budget / 4);

    /// <summary>Frames that can be taken now or soon and leave the reserve as it is.</summary>
    public long Spare => Ready + _retired.Count;

    /// <summary>Frames that can be taken now and leave the reserve as it is; below 0 while it is in use.</summary>
    public long Ready => _free.Count + Budget - _frames;

    /// <summary>Bytes of native memory in use.</summary>
    public long Bytes => _slabs.BackedBytes + _table.RootBytes;

    /// <summary>Takes a frame, of whatever content, if need be from the reserve; false when there is none.</summary>
    public bool TryTake(out long frame)
    {
        if (_free.TryPop(out frame))
            return true;
        if (_frames == _framesMax)
            return false;
        _frames++;
        frame = _slabs.Take();
        return true;
    }

    /// <summary>Gives the table what it may need for one more entry, and keeps; false when there is no frame.</summary>
    public bool TryFeedTable()
    {
        while (!_table.HasPieces)
        {
            if (!TryTake(out long frame))
                return false;
            _tableFrames++;
            _table.AddPieces((byte*)frame, _pageSizeBytes);
        }
        return true;
    }

    /// <summary>Takes back a frame that nobody can look into.</summary>
    public void Free(long frame) => _free.Push(frame);

    /// <summary>Takes back a frame that was just unlinked.</summary>
    public void Retire(long frame) => _retired.Enqueue(new Retired(frame, _readers.Epoch, false));

    /// <summary>Takes back a piece of the table that was just unlinked.</summary>
    public void RetirePiece(long piece) => _retired.Enqueue(new Retired(piece, _readers.Epoch, true));

    /// <summary>Frees what was unlinked before every access under way began, and is in nobody's hand.</summary>
    public void FreeRetired()
    {
        if (_retired.Count == 0)
            return;
        if (_retired.Peek().Epoch == _readers.Epoch)
            _readers.Advance();
        long oldest = _readers.OldestAccess();
        _readers.ListHeld(_held);       // after the accesses: who ends one has said before what it holds on to
        for (int i = _retired.Count; i > 0 && _retired.Peek().Epoch < oldest; i--)
        {
            Retired retired = _retired.Dequeue();
            if (retired.IsPiece)
                _table.ReturnPiece(retired.Memory);
            else if (_held.Contains(retired.Memory))
                Retire(retired.Memory);
            else
                Free(retired.Memory);
        }
    }

    public void Dispose()
    {
        _slabs.Dispose();
        _free.Clear();
        _frames = 0;
    }
}
