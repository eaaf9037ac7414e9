namespace RaftKv.Storage.Wal;

/// <summary>
/// The segment that comes next, prepared beside the writer while the present one still has room: making a file durable takes as long as many
/// writes. Used by one writer at a time.
/// </summary>
/// <remarks>A file that was prepared and not used is no part of the log; the next opening takes it for a spare one.</remarks>
internal sealed class NextSegment(SegmentFiles files, long identity) : IDisposable
{
    private Thread? _preparing;
    private Segment? _ready;
    private StorageFailedException? _failure;

    /// <summary>Begins to prepare a segment unless one is prepared, or under way.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="isInline">Whether to do it here and now.</param>
    public void Begin(long sequence, bool isInline)
    {
        if (_ready is not null || _preparing is not null || _failure is not null)
            return;
        if (isInline)
        {
            Prepare(sequence);
            return;
        }

        _preparing = new Thread(() => Prepare(sequence)) { IsBackground = true, Name = "RaftKv log segment" };
        _preparing.Start();
    }

    /// <summary>A segment with room for some bytes: the one prepared, or one made now.</summary>
    /// <exception cref="StorageFullException">No room; nothing needed was changed, and the same call may be made again.</exception>
    /// <exception cref="StorageFailedException">A flush failed, now or beside the writer.</exception>
    public Segment Take(long sequence, long neededBytes)
    {
        Wait();
        if (_failure is not null)
            throw new StorageFailedException(_failure.Message, _failure);
        Segment? ready = _ready;
        _ready = null;
        if (ready is not null && ready.Header.FileBytes >= neededBytes)
            return ready;
        ready?.Dispose();
        return files.Prepare(identity, sequence, neededBytes);
    }

    /// <summary>Keeps a segment that was taken and could not be moved to.</summary>
    public void Return(Segment segment) => _ready = segment;

    public void Dispose()
    {
        Wait();
        _ready?.Dispose();
    }

    private void Wait()
    {
        _preparing?.Join();
        _preparing = null;
    }

    private void Prepare(long sequence)
    {
        try
        {
            _ready = files.Prepare(identity, sequence, 0);
        }
        catch (StorageFailedException error)
        {
            _failure = error;
        }
        catch (StorageException)
        {
            // Full or refused: there may be room when the segment is needed, and if not its writer is told.
        }
    }
}
