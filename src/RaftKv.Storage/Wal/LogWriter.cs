using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>
/// Turns the batches of all waiting callers into one write and one flush, then into what readers see. Used by one caller at a
/// time, the one that leads the <see cref="CommitQueue"/>.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    private const int ApartBytesMin = 16 << 10;

    private readonly LogState _state;
    private readonly SegmentFiles _files;
    private readonly NextSegment _next;
    private readonly LogTail _tail;
    private readonly WalOptions _options;
    private readonly PendingGroups _pending;
    private readonly List<WalBatch> _batches = [];
    private readonly List<int> _batchEnds = [];
    private byte[] _buffer = [];
    private StorageFailedException? _failure;

    public LogWriter(LogState state, RecoveredLog recovered, WalOptions options)
    {
        _state = state;
        _files = recovered.Files;
        _tail = new LogTail(recovered);
        _options = options;
        _next = new NextSegment(_files, recovered.Identity);
        _pending = new PendingGroups(state.Groups);
        _tail.EraseLeftovers();
    }

    /// <summary>Bytes of waiting batches to take into the next write.</summary>
    public long WriteBytesMax() => Math.Min(_options.WriteBytesMax, Math.Max(_tail.Room, 1));

    /// <summary>Decides every request: durable, refused, or failed.</summary>
    public void Commit(List<AppendRequest> requests)
    {
        try
        {
            if (_failure is not null)
                throw new StorageFailedException("The log accepts nothing further after an earlier failure; reopen it.", _failure);
            WriteAccepted(requests);
        }
        catch (StorageException error)
        {
            if (error is StorageFailedException failed)
                _failure ??= failed;
            foreach (AppendRequest request in requests)
                request.Error = request.Refusal is null ? error : null;
        }
        catch
        {
            _failure ??= new StorageFailedException("The log stopped at a broken invariant.");
            foreach (AppendRequest request in requests)
                request.Error = _failure;
            throw;
        }
    }

    public void Dispose() => _next.Dispose();

    private void WriteAccepted(List<AppendRequest> requests)
    {
        _batches.Clear();
        _pending.Clear();
        LogHousekeeping news;
        lock (_state.Gate)
        {
            news = _state.TakeNews();
            foreach (AppendRequest request in requests)
                Accept(request);
            if (_batches.Count == 0)
                _state.ReturnNews(news);
        }

        if (_batches.Count == 0)
            return;
        try
        {
            Write(news);
        }
        catch
        {
            lock (_state.Gate)
                _state.ReturnNews(news);
            throw;
        }
    }

    private void Accept(AppendRequest request)
    {
        string? refusal = _pending.TryAdd(request.Batch);
        if (refusal is null)
        {
            _batches.Add(request.Batch);
            return;
        }

        request.Refusal = new ArgumentException(refusal);
        _pending.Clear();
        foreach (WalBatch accepted in _batches)
            _pending.TryAdd(accepted);
    }

    private void Write(LogHousekeeping news)
    {
        _tail.EraseLeftovers();
        long size = news.Batch.EncodedBytes;
        foreach (WalBatch batch in _batches)
            size += batch.EncodedBytes;
        if (!_tail.IsStarted && size + StartBlock().EncodedBytes > _tail.Room)
            WriteAlone(StartBlock());
        if (_tail.IsStarted && size > _tail.Room)
            MoveToNextSegment(size + StartBlock().EncodedBytes);
        if (!news.Batch.IsEmpty)
            _batches.Insert(0, news.Batch);
        if (!_tail.IsStarted)
            _batches.Insert(0, StartBlock());
        long position = _tail.Position;
        if (size >= (long)ApartBytesMin * _batches.Count)
            WriteApart(position);
        else
            WriteTogether(position);
        List<string> freed;
        lock (_state.Gate)
            freed = _state.Publish(news);
        SetAside(freed);
        if (_options.PreparesAhead && _tail.Position > _tail.Segment.Header.FileBytes / 2)
            _next.Begin(_tail.Segment.Header.Sequence + 1, _options.PreparesInline);
    }

    private void WriteTogether(long position)
    {
        Span<byte> encoded = Gather();
        Span<byte> records = encoded[..^RecordHeader.Bytes];
        _tail.Commit(encoded, _tail.Stamp(records, _batchEnds, _pending, 0, _tail.Chain));
        lock (_state.Gate)
            _state.Publish(_tail.Segment, position, records);
    }

    // Large batches are written from where they lie: one call more for each costs less than a copy of it.
    private void WriteApart(long position)
    {
        int start = 0;
        uint chain = _tail.Chain;
        for (int i = 0; i < _batches.Count; i++)
        {
            Span<byte> encoded = _batches[i].EncodedWithTerminator;
            Span<byte> records = encoded[..^RecordHeader.Bytes];
            _batchEnds.Clear();
            _batchEnds.Add(records.Length);
            chain = _tail.Stamp(records, _batchEnds, _pending, start, chain);
            _tail.Write(start, i == _batches.Count - 1 ? encoded : records);
            start = checked(start + records.Length);
        }

        _tail.Commit(start, chain);
        lock (_state.Gate)
        {
            foreach (WalBatch batch in _batches)
            {
                _state.Publish(_tail.Segment, position, batch.EncodedWithTerminator[..^RecordHeader.Bytes]);
                position += batch.EncodedBytes;
            }
        }
    }

    private void WriteAlone(WalBatch batch)
    {
        Span<byte> encoded = batch.EncodedWithTerminator;
        _tail.Commit(encoded, _tail.Stamp(encoded[..^RecordHeader.Bytes], [batch.EncodedBytes], _pending, 0, _tail.Chain));
    }

    private void SetAside(List<string> freed)
    {
        try
        {
            freed.ForEach(_files.AddSpare);
        }
        catch (StorageException)
        {
            // The write is durable and must not fail now; the next opening finds the file and its release.
        }
    }

    private void MoveToNextSegment(long size)
    {
        long needed = SegmentHeader.AreaBytes + size + (2 * RecordHeader.Bytes);
        Segment next = _next.Take(_tail.Segment.Header.Sequence + 1, needed);
        try
        {
            _tail.MoveTo(next, _pending);
        }
        catch
        {
            _next.Return(next);
            throw;
        }

        lock (_state.Gate)
            _state.Enter(next);
    }

    private WalBatch StartBlock()
    {
        WalBatch block = new();
        lock (_state.Gate)
        {
            block.Add(RecordType.SegmentStart, 0, _state.OldestWritten, _tail.SealChecksum, 0, []);
            // A release may make a group at any time, also once room was made for this block.
            foreach (GroupLog group in _state.Groups.Values.Where(group => !group.IsToBeTold))
                block.AddGroup(group);
        }

        return block;
    }

    /// <summary>All records behind each other, with a zero header at the end. A lone batch is used where it lies.</summary>
    private Span<byte> Gather()
    {
        _batchEnds.Clear();
        if (_batches.Count == 1)
        {
            _batchEnds.Add(_batches[0].EncodedBytes);
            return _batches[0].EncodedWithTerminator;
        }

        int size = RecordHeader.Bytes;
        foreach (WalBatch batch in _batches)
            size = checked(size + batch.EncodedBytes);
        if (_buffer.Length < size)
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(size, Math.Min(_options.WriteBytesMax, 2 * _buffer.Length)));
        int offset = 0;
        foreach (WalBatch batch in _batches)
        {
            batch.EncodedWithTerminator.CopyTo(_buffer.AsSpan(offset));
            offset += batch.EncodedBytes;
            _batchEnds.Add(offset);
        }

        return _buffer.AsSpan(0, size);
    }
}
