namespace RaftKv.Storage.Wal;

/// <summary>One caller of Append and what became of its batch. Each thread reuses its own, and with it the monitor.</summary>
internal sealed class AppendRequest
{
    // Under load the write ends while a waiting thread gives way to the others, and waking it from sleep would cost more.
    private const int YieldsBeforeSleep = 16;

    private const int Waiting = 0;
    private const int Asleep = 1;
    private const int Leading = 2;
    private const int Done = 3;

    [ThreadStatic]
    private static AppendRequest? _ofThisThread;

    private int _state;

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
        _state = Waiting;
    }

    /// <summary>Waits until the batch is decided, or until this caller is to write for all that wait.</summary>
    /// <returns>Whether this caller is to write.</returns>
    public bool WaitForTurn()
    {
        for (int i = 0; i < YieldsBeforeSleep && Volatile.Read(ref _state) == Waiting; i++)
            Thread.Yield();
        if (Interlocked.CompareExchange(ref _state, Asleep, Waiting) == Waiting)
        {
            lock (this)
            {
                while (Volatile.Read(ref _state) == Asleep)
                    Monitor.Wait(this);
            }
        }

        return Volatile.Read(ref _state) == Leading;
    }

    public void Lead() => Wake(Leading);

    public void Complete() => Wake(Done);

    private void Wake(int state)
    {
        if (Interlocked.Exchange(ref _state, state) != Asleep)
            return;
        lock (this)
            Monitor.Pulse(this);
    }
}
