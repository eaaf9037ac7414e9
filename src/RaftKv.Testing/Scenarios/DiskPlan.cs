using RaftKv.Testing.Disk;

namespace RaftKv.Testing.Scenarios;

/// <summary>The next faults of one disk.</summary>
internal sealed class DiskPlan
{
    private const string StorePrefix = "store/";
    private const string LogPrefix = "wal/";

    private readonly SortedDictionary<string, List<long>> _logWrites = new(StringComparer.Ordinal);

    /// <summary>The operation at which the power goes; 0 for none.</summary>
    public long FatalOperation { get; set; }

    /// <summary>At how many more operations on the machine's files the power goes; 0 for never.</summary>
    public long StoreOperationsLeft { get; set; }

    /// <summary>At how many more flushes of the machine's files the power goes, before they take effect; 0 for never.</summary>
    public long StoreFlushesLeft { get; set; }

    /// <summary>Whether the next flush fails.</summary>
    public bool FlushFails { get; set; }

    /// <summary>Whether the next write fails.</summary>
    public bool WriteFails { get; set; }

    /// <summary>Asked when the next write to the machine's files could be lost, or go astray, without a word.</summary>
    public Func<bool>? MayDamageStore { get; set; }

    /// <summary>Asked when the next write to the log could be lost, or go astray, without a word.</summary>
    public Func<bool>? MayDamageLog { get; set; }

    /// <summary>Whether the write to the machine's files goes to another place.</summary>
    public bool StoreStrays { get; set; }

    /// <summary>Whether the write to the log goes to another place.</summary>
    public bool LogStrays { get; set; }

    /// <summary>Whether the disk ever failed to do what it was told, and said so or not. That the power went is no failure of a disk.</summary>
    public bool HasFailed { get; private set; }

    public DiskFault Next(DiskOperation operation)
    {
        DiskFault fault = Draw(operation);
        HasFailed |= fault is not (DiskFault.None or DiskFault.Crash);
        return fault;
    }

    public void Clear()
    {
        (FatalOperation, StoreOperationsLeft, StoreFlushesLeft, FlushFails, WriteFails) = (0, 0, 0, false, false);
        (MayDamageStore, MayDamageLog) = (null, null);
    }

    /// <summary>Where writes to a file of the log began since the process that writes it did.</summary>
    public IReadOnlyList<long> WritesOf(string logFile) => _logWrites.TryGetValue(logFile, out List<long>? writes) ? writes : [];

    private DiskFault Draw(DiskOperation operation)
    {
        bool isWrite = operation.Kind == DiskOperationKind.Write;
        bool isLog = operation.Path.StartsWith(LogPrefix, StringComparison.Ordinal);
        if (isWrite && isLog)
            Remember(operation);
        if (operation.Number != 0 && operation.Number == FatalOperation)
            return DiskFault.Crash;
        bool isStore = operation.Path.StartsWith(StorePrefix, StringComparison.Ordinal);
        if (isStore && StoreOperationsLeft > 0 && --StoreOperationsLeft == 0)
            return DiskFault.Crash;
        bool isFlush = operation.Kind == DiskOperationKind.Flush;
        if (isStore && isFlush && StoreFlushesLeft > 0 && --StoreFlushesLeft == 0)
            return DiskFault.Crash;
        if (FlushFails && isFlush)
        {
            FlushFails = false;
            return DiskFault.Fail;
        }
        if (!isWrite)
            return DiskFault.None;
        if (WriteFails)
        {
            WriteFails = false;
            return DiskFault.Fail;
        }
        if (isLog)
            return DrawForLog(operation);
        if (MayDamageStore is not { } ask || !isStore)
            return DiskFault.None;
        MayDamageStore = null;
        return !ask() ? DiskFault.None : StoreStrays ? DiskFault.Stray : DiskFault.Lose;
    }

    // A segment's header is no write of the log's content: without it there would be no log to notice anything in.
    private DiskFault DrawForLog(DiskOperation operation)
    {
        if (MayDamageLog is not { } ask || operation.Offset == 0)
            return DiskFault.None;
        MayDamageLog = null;
        return !ask() ? DiskFault.None : LogStrays ? DiskFault.StrayNoticeably : DiskFault.LoseNoticeably;
    }

    private void Remember(DiskOperation operation)
    {
        if (!_logWrites.TryGetValue(operation.Path, out List<long>? writes))
            _logWrites.Add(operation.Path, writes = []);
        if (operation.Offset == 0)
            writes.Clear();
        writes.Add(operation.Offset);
    }
}
