namespace RaftKv.Storage.Wal;

/// <summary>One caller of Append and what became of its batch. Each thread reuses its own, and with it the monitor.</summary>
internal sealed class AppendRequest
{
    [ThreadStatic]
    private static AppendRequest? _ofThisThread;

    private RequestState _state;

    public WalBatch Batch { get; private set; } = new();

    public StorageException? Error { get; set; }

    public ArgumentException? Refusal { get; set; }

    public static AppendRequest OfThisThread(WalBatch batch)
    {
        AppendRequest request = _ofThisThread ??= new AppendRequest();
        request.Reset(batch);
        return request;
    }

    public void Reset(WalBatch batch)
    {
        Batch = batch;
        Error = null;
        Refusal = null;
        _state = RequestState.Waiting;
    }

    /// <summary>Waits until the batch is decided, or until this caller is to write for all that wait.</summary>
    /// <returns>Whether this caller is to write.</returns>
    public bool WaitForTurn()
    {
        lock (this)
        {
            while (_state == RequestState.Waiting)
                Monitor.Wait(this);
            return _state == RequestState.Leading;
        }
    }

    public void Lead() => Wake(RequestState.Leading);

    public void Complete() => Wake(RequestState.Done);

    private void Wake(RequestState state)
    {
        lock (this)
        {
            _state = state;
            Monitor.Pulse(this);
        }
    }

    private enum RequestState
    {
        Waiting,
        Leading,
        Done,
    }
}
