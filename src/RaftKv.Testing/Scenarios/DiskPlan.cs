using RaftKv.Testing.Disk;

namespace RaftKv.Testing.Scenarios;

/// <summary>The next faults of one disk.</summary>
internal sealed class DiskPlan
{
    private const string StorePrefix = "store/";

    /// <summary>The operation at which the power goes; 0 for none.</summary>
    public long FatalOperation { get; set; }

    /// <summary>Whether the next flush fails.</summary>
    public bool FlushFails { get; set; }

    /// <summary>Whether the next write fails.</summary>
    public bool WriteFails { get; set; }

    /// <summary>Asked when the next write to the machine's files could be lost without a word.</summary>
    public Func<bool>? MayLose { get; set; }

    /// <summary>Faults that were delivered.</summary>
    public long Delivered { get; private set; }

    public DiskFault Next(DiskOperation operation)
    {
        DiskFault fault = Draw(operation);
        Delivered += fault == DiskFault.None ? 0 : 1;
        return fault;
    }

    public void Clear() => (FatalOperation, FlushFails, WriteFails, MayLose) = (0, false, false, null);

    private DiskFault Draw(DiskOperation operation)
    {
        if (operation.Number != 0 && operation.Number == FatalOperation)
            return DiskFault.Crash;
        if (FlushFails && operation.Kind == DiskOperationKind.Flush)
        {
            FlushFails = false;
            return DiskFault.Fail;
        }
        if (operation.Kind != DiskOperationKind.Write)
            return DiskFault.None;
        if (WriteFails)
        {
            WriteFails = false;
            return DiskFault.Fail;
        }
        if (MayLose is not { } ask || !operation.Path.StartsWith(StorePrefix, StringComparison.Ordinal))
            return DiskFault.None;
        MayLose = null;
        return ask() ? DiskFault.Lose : DiskFault.None;
    }
}
