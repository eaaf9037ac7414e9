using RaftKv.Transactions;

namespace RaftKv.Commands;

/// <summary>
/// Which branch each transaction of a nest takes, outermost first, in the order in which they run. All of it is decided before
/// anything is written, so that no condition sees a write of its own transaction.
/// </summary>
internal sealed class BranchPath
{
    private readonly List<bool> _holds = [];
    private int _position;

    private BranchPath()
    {
    }

    /// <summary>Judges the conditions of an operation and of everything that will run inside it.</summary>
    public static BranchPath Of(Operation operation, IStoreView view)
    {
        BranchPath path = new();
        path.Judge(operation, view);
        return path;
    }

    /// <summary>Whether the conditions of the next transaction hold; transactions are asked for in the order in which they run.</summary>
    public bool Next() => _holds[_position++];

    /// <summary>Goes back to the outermost transaction.</summary>
    public void Restart() => _position = 0;

    public static IReadOnlyList<Operation> Branch(Transaction transaction, bool holds) => holds ? transaction.Success : transaction.Failure;

    private void Judge(Operation operation, IStoreView view)
    {
        if (operation is not TransactionOperation nested)
            return;
        bool holds = true;
        int compares = nested.Transaction.Compares.Count;
        if (Mutation.Is(Mutant.FirstGuardOnly))
            compares = Math.Min(1, compares);
        for (int i = 0; i < compares && holds; i++)
            holds = Holds(nested.Transaction.Compares[i], view);
        _holds.Add(holds);
        foreach (Operation inner in Branch(nested.Transaction, holds))
            Judge(inner, view);
    }

    private static bool Holds(Compare compare, IStoreView view)
    {
        bool isValue = compare.Target == CompareTarget.Value;
        Storage.Mvcc.RangeResult found = view.Range(Queries.Range(compare.Keys, revision: 0, limit: 0, keysOnly: !isValue));
        if (found.Items.Count == 0)
            return (!isValue || Mutation.Is(Mutant.GuardIgnoresAbsence)) && compare.HoldsFor(0);
        foreach (Storage.Mvcc.KeyValue pair in found.Items)
        {
            bool holds = compare.Target switch
            {
                CompareTarget.Version => compare.HoldsFor(pair.Version),
                CompareTarget.CreateRevision => compare.HoldsFor(pair.CreateRevision),
                CompareTarget.ModRevision => compare.HoldsFor(pair.ModRevision),
                _ => compare.HoldsFor(pair.Value.Span),
            };
            if (!holds)
                return false;
        }
        return true;
    }
}
