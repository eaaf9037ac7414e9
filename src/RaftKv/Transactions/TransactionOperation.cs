namespace RaftKv.Transactions;

/// <summary>Runs a transaction inside another.</summary>
public sealed class TransactionOperation : Operation
{
    internal TransactionOperation(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        Transaction = transaction;
    }

    /// <summary>The inner transaction.</summary>
    public Transaction Transaction { get; }
}
