namespace RaftKv.Transactions;

/// <summary>One step of a transaction. The family is closed: put, delete, range, nested transaction.</summary>
public abstract class Operation
{
    private protected Operation()
    {
    }

    /// <summary>Stores a value under a key.</summary>
    public static Operation Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null) =>
        new PutOperation(key, value, options?.ReturnPrevious ?? false);

    /// <summary>Stores a value under a key, both in UTF-8.</summary>
    public static Operation Put(string key, string value, PutOptions? options = null) =>
        Put(KeyRange.Bytes(key), KeyRange.Bytes(value), options);

    /// <summary>Deletes every key of a range.</summary>
    public static Operation Delete(KeyRange range, DeleteOptions? options = null) =>
        new DeleteOperation(range, options?.ReturnPrevious ?? false);

    /// <summary>Deletes one key.</summary>
    public static Operation Delete(string key, DeleteOptions? options = null) => Delete(KeyRange.Single(key), options);

    /// <summary>Reads a range; sees what earlier operations of the same transaction wrote.</summary>
    /// <remarks>
    /// Of the options, limit, keys-only and revision count; how fresh the read is follows from the transaction.
    /// A read at a given revision sees the history before the transaction.
    /// </remarks>
    public static Operation Range(KeyRange range, RangeOptions? options = null) =>
        new RangeOperation(range, options ?? RangeOptions.Default);

    /// <summary>Reads one key; sees what earlier operations of the same transaction wrote.</summary>
    public static Operation Get(string key) => Range(KeyRange.Single(key));

    /// <summary>Runs a transaction inside this one. Its conditions, too, are judged before anything is written.</summary>
    public static Operation Nested(Transaction transaction) => new TransactionOperation(transaction);
}
