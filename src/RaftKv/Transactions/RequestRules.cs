namespace RaftKv.Transactions;

/// <summary>What may be sent. The limits come from the options; the rules on overlapping writes are etcd's.</summary>
internal sealed class RequestRules(int keyBytesMax, int requestBytesMax, int transactionOperationsMax)
{
    /// <summary>A key is at most this long.</summary>
    public int KeyBytesMax => keyBytesMax;

    /// <summary>A request is at most as large as this once encoded; checked on the encoded form.</summary>
    public int RequestBytesMax => requestBytesMax;

    public void CheckKey(ReadOnlyMemory<byte> key)
    {
        if (key.IsEmpty)
            throw new InvalidRequestException(RequestError.KeyEmpty, "The key is empty; a key has at least one byte.");
        if (key.Length > keyBytesMax)
        {
            throw new InvalidRequestException(RequestError.KeyTooLong,
                $"The key has {key.Length} bytes, the limit is {keyBytesMax} (KeyBytesMax).");
        }
    }

    public void CheckRange(KeyRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        CheckKey(range.Start);
        if (!range.IsSingle && range.End is { } end && end.Length > keyBytesMax + 1)
        {
            throw new InvalidRequestException(RequestError.KeyTooLong,
                $"The end of the range has {end.Length} bytes, the limit for a key is {keyBytesMax} (KeyBytesMax).");
        }
    }

    public static void CheckLimit(int limit)
    {
        if (limit < 0)
        {
            throw new InvalidRequestException(RequestError.LimitOutOfRange,
                $"The limit is {limit}; it must be 0 for no limit, or a number of keys.");
        }
    }

    public static void CheckPageSize(int pageSize)
    {
        if (pageSize is < 1 or > 100_000)
            throw new InvalidRequestException(RequestError.LimitOutOfRange, $"PageSize is {pageSize}, but must be between 1 and 100,000.");
    }

    public static void CheckBatchBytes(int batchBytes)
    {
        if (batchBytes is < 1024 or > 64 * 1024 * 1024)
        {
            throw new InvalidRequestException(RequestError.LimitOutOfRange,
                $"BatchBytesMax is {batchBytes}, but must be between 1 KiB and 64 MiB.");
        }
    }

    public void CheckSize(int requestBytes)
    {
        if (requestBytes > requestBytesMax)
        {
            throw new InvalidRequestException(RequestError.RequestTooLarge,
                $"The request has {requestBytes} bytes, the limit is {requestBytesMax} (option RequestBytesMax).");
        }
    }

    public void CheckTransaction(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        CheckShape(transaction, transactionOperationsMax);
        WriteSet.Check(transaction);
    }

    private void CheckShape(Transaction transaction, int budget)
    {
        int size = Math.Max(transaction.Compares.Count, Math.Max(transaction.Success.Count, transaction.Failure.Count));
        if (size > budget)
        {
            throw new InvalidRequestException(RequestError.TooManyOperations,
                $"A transaction, with those around it, may have {transactionOperationsMax} comparisons or operations a branch " +
                $"(option TransactionOperationsMax); this one has {transactionOperationsMax - budget + size}.");
        }
        foreach (Compare compare in transaction.Compares)
            CheckRange(compare.Keys);
        foreach (Operation operation in transaction.Success)
            CheckOperation(operation, budget - size);
        foreach (Operation operation in transaction.Failure)
            CheckOperation(operation, budget - size);
    }

    private void CheckOperation(Operation operation, int budget)
    {
        switch (operation)
        {
            case PutOperation put:
                CheckKey(put.Key);
                break;
            case DeleteOperation delete:
                CheckRange(delete.Keys);
                break;
            case RangeOperation range:
                CheckRange(range.Keys);
                CheckLimit(range.Limit);
                break;
            case TransactionOperation nested:
                CheckShape(nested.Transaction, budget);
                break;
            default:
                throw new ArgumentNullException(nameof(operation));
        }
    }
}
