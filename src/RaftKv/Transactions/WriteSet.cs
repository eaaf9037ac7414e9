using System.Text;

namespace RaftKv.Transactions;

/// <summary>
/// The keys that one branch of a transaction, with everything nested in it, could put and delete; refuses a branch in which one
/// key could be written twice.
/// </summary>
/// <remarks>
/// The rules are etcd's: two puts of a key that could both run, or a put inside a deleted range, whichever comes first, are
/// refused. The two branches of a nested transaction may repeat each other. Deletions may overlap. A deletion without an end is
/// not compared with puts.
/// </remarks>
internal sealed class WriteSet
{
    private readonly SortedSet<ReadOnlyMemory<byte>> _puts = new(ByteOrder.Instance);
    private readonly List<KeyRange> _deletes = [];

    public static void Check(Transaction transaction)
    {
        _ = Of(transaction.Success);
        _ = Of(transaction.Failure);
    }

    private static WriteSet Of(IReadOnlyList<Operation> operations)
    {
        WriteSet set = new();
        foreach (Operation operation in operations)
        {
            if (operation is DeleteOperation delete && delete.Keys.End is not null)
                set._deletes.Add(delete.Keys);
        }
        foreach (Operation operation in operations)
        {
            if (operation is TransactionOperation nested)
                set.Include(Of(nested.Transaction.Success), Of(nested.Transaction.Failure));
        }
        foreach (Operation operation in operations)
        {
            if (operation is PutOperation put)
                set.AddPut(put.Key, exceptWith: null);
        }
        return set;
    }

    private void Include(WriteSet success, WriteSet failure)
    {
        foreach (ReadOnlyMemory<byte> key in success._puts)
            AddPut(key, exceptWith: null);
        foreach (ReadOnlyMemory<byte> key in failure._puts)
            AddPut(key, exceptWith: success);
        _deletes.AddRange(success._deletes);
        _deletes.AddRange(failure._deletes);
    }

    private void AddPut(ReadOnlyMemory<byte> key, WriteSet? exceptWith)
    {
        bool isNew = _puts.Add(key);
        bool mayRepeat = exceptWith is not null && exceptWith._puts.Contains(key);
        if ((!isNew && !mayRepeat) || _deletes.Exists(range => range.Contains(key.Span)))
        {
            throw new InvalidRequestException(RequestError.DuplicateKey,
                $"The transaction could write the key '{Encoding.UTF8.GetString(key.Span)}' twice.");
        }
    }

    private sealed class ByteOrder : IComparer<ReadOnlyMemory<byte>>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
