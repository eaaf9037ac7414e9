namespace RaftKv.Transactions;

/// <summary>What a transaction did.</summary>
public sealed class TransactionResult : OperationResult
{
    /// <summary>Whether every comparison held, so that the first branch ran.</summary>
    public required bool Succeeded { get; init; }

    /// <summary>One result for each operation of the branch that ran, in its order.</summary>
    public required IReadOnlyList<OperationResult> Results { get; init; }
}
