using System.Diagnostics;
using RaftKv.Storage.Mvcc;
using RaftKv.Transactions;

namespace RaftKv.Commands;

/// <summary>
/// Runs one operation with all that is nested in it: conditions first, then a look at the revisions it wants to read, then the
/// steps in order, each seeing what those before it wrote. A revision that is not there ends the run before anything is written.
/// </summary>
internal sealed class OperationRunner(IStoreView view, IStoreWriter? writer)
{
    /// <summary>Runs a transaction that only reads on a snapshot.</summary>
    public static StoreResult Read(MvccReadTransaction snapshot, Transaction transaction) =>
        new OperationRunner(new SnapshotView(snapshot), writer: null).Run(Operation.Nested(transaction));

    public StoreResult Run(Operation operation)
    {
        BranchPath path = BranchPath.Of(operation, view);
        if (UnreadableRevision(operation, path) is { } revision)
            return Refuse(revision < view.CompactedRevision ? StoreStatus.Compacted : StoreStatus.FutureRevision, revision);
        path.Restart();
        return Done(Execute(operation, path));
    }

    public StoreResult Done(OperationResult? operation) => new()
    {
        Status = StoreStatus.Applied,
        Revision = view.Revision,
        CompactedRevision = view.CompactedRevision,
        Operation = operation,
    };

    public StoreResult Refuse(StoreStatus status, long requested) => new()
    {
        Status = status,
        Revision = view.Revision,
        CompactedRevision = view.CompactedRevision,
        RequestedRevision = requested,
    };

    private long? UnreadableRevision(Operation operation, BranchPath path)
    {
        switch (operation)
        {
            case RangeOperation { Revision: not 0 } range when range.Revision > view.Revision || range.Revision < view.CompactedRevision:
                return range.Revision;
            case TransactionOperation nested:
                foreach (Operation inner in BranchPath.Branch(nested.Transaction, path.Next()))
                {
                    if (UnreadableRevision(inner, path) is { } revision)
                        return revision;
                }
                return null;
            default:
                return null;
        }
    }

    private OperationResult Execute(Operation operation, BranchPath path) => operation switch
    {
        PutOperation put => Put(put),
        DeleteOperation delete => Delete(delete),
        RangeOperation range => Queries.Result(
            view.Range(Queries.Range(range.Keys, range.Revision, range.Limit, range.KeysOnly)), view.Revision),
        TransactionOperation nested => Transact(nested.Transaction, path),
        _ => throw new UnreachableException(),
    };

    private PutResult Put(PutOperation put)
    {
        Invariant.Check(writer is not null);
        KeyValue[] previous = put.ReturnPrevious ? Newest(KeyRange.Single(put.Key)) : [];
        writer.Put(put.Key, put.Value);
        return new PutResult { Revision = view.Revision, Previous = previous.Length == 0 ? null : previous[0] };
    }

    private DeleteResult Delete(DeleteOperation delete)
    {
        Invariant.Check(writer is not null);
        KeyValue[] previous = delete.ReturnPrevious ? Newest(delete.Keys) : [];
        long deleted = writer.Delete(delete.Keys);
        return new DeleteResult { Revision = view.Revision, Deleted = deleted, Previous = previous };
    }

    private TransactionResult Transact(Transaction transaction, BranchPath path)
    {
        bool holds = path.Next();
        IReadOnlyList<Operation> branch = BranchPath.Branch(transaction, holds);
        List<OperationResult> results = new(branch.Count);
        foreach (Operation inner in branch)
            results.Add(Execute(inner, path));
        return new TransactionResult { Revision = view.Revision, Succeeded = holds, Results = results };
    }

    private KeyValue[] Newest(KeyRange keys) =>
        Queries.Pairs(view.Range(Queries.Range(keys, revision: 0, limit: 0, keysOnly: false)).Items);
}
