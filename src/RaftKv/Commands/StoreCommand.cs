using RaftKv.Transactions;

namespace RaftKv.Commands;

/// <summary>What a log entry asks of the store. The family is closed: an operation that may write, or a compaction.</summary>
internal abstract class StoreCommand
{
    private protected StoreCommand()
    {
    }
}

/// <summary>Runs a put, a deletion or a transaction.</summary>
internal sealed class OperationCommand(Operation operation) : StoreCommand
{
    public Operation Operation => operation;
}

/// <summary>Gives up history before a revision.</summary>
internal sealed class CompactCommand(long revision) : StoreCommand
{
    public long Revision => revision;
}
