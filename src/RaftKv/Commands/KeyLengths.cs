using RaftKv.Transactions;

namespace RaftKv.Commands;

/// <summary>Looks for keys that the store could not hold, in every branch, so that the answer does not depend on which one runs.</summary>
internal static class KeyLengths
{
    public static bool AllWithin(Operation operation, int bytesMax) => operation switch
    {
        PutOperation put => put.Key.Length <= bytesMax,
        TransactionOperation nested => nested.Transaction.Success.All(inner => AllWithin(inner, bytesMax))
            && nested.Transaction.Failure.All(inner => AllWithin(inner, bytesMax)),
        _ => true,
    };
}
