namespace RaftKv.Transactions;

/// <summary>
/// If every comparison holds, one list of operations runs, else the other: atomically, at one revision, with one result each.
/// </summary>
/// <remarks>
/// Immutable; every step of the fluent call returns a new transaction. What may stand in it is checked when it is sent:
/// no key may be written twice by operations that could run together, and its size is bounded by
/// <see cref="KeyValueStoreOptions.TransactionOperationsMax"/>.
/// </remarks>
/// <example><c>Transaction.When(Compare.Version("k").Equal(0)).Then(Operation.Put("k", "v")).Else(Operation.Get("k"))</c></example>
public sealed class Transaction
{
    private Transaction(IReadOnlyList<Compare> compares, IReadOnlyList<Operation> success, IReadOnlyList<Operation> failure)
    {
        Compares = compares;
        Success = success;
        Failure = failure;
    }

    /// <summary>The conditions; with none, the first branch always runs.</summary>
    public IReadOnlyList<Compare> Compares { get; }

    /// <summary>What runs when every condition holds.</summary>
    public IReadOnlyList<Operation> Success { get; }

    /// <summary>What runs when one does not.</summary>
    public IReadOnlyList<Operation> Failure { get; }

    /// <summary>Whether no branch can change anything, so that the transaction needs no place in the log.</summary>
    public bool IsReadOnly => Success.All(IsRead) && Failure.All(IsRead);

    /// <summary>Begins a transaction with conditions that must all hold.</summary>
    public static Transaction When(params IReadOnlyList<Compare> compares)
    {
        ArgumentNullException.ThrowIfNull(compares);
        return new Transaction([.. compares], [], []);
    }

    /// <summary>Begins a transaction that always runs the given operations.</summary>
    public static Transaction Always(params IReadOnlyList<Operation> operations) => When().Then(operations);

    /// <summary>Adds operations that run when every condition holds.</summary>
    public Transaction Then(params IReadOnlyList<Operation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        return new Transaction(Compares, [.. Success, .. operations], Failure);
    }

    /// <summary>Adds operations that run when a condition does not hold.</summary>
    public Transaction Else(params IReadOnlyList<Operation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        return new Transaction(Compares, Success, [.. Failure, .. operations]);
    }

    private static bool IsRead(Operation operation) => operation switch
    {
        RangeOperation => true,
        TransactionOperation nested => nested.Transaction.IsReadOnly,
        _ => false,
    };
}
