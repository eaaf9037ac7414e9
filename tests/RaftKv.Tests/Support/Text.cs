using System.Text;
using RaftKv.Commands;
using RaftKv.Transactions;

namespace RaftKv.Tests.Support;

/// <summary>Commands and results as text that two of them share exactly when they mean the same.</summary>
internal static class Text
{
    public static string Of(StoreCommand command) => command switch
    {
        OperationCommand operation => Of(operation.Operation),
        CompactCommand compact => $"compact {compact.Revision}",
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    public static string Of(StoreResult result) =>
        $"{result.Status} at {result.Revision} from {result.CompactedRevision} asked {result.RequestedRevision}: " +
        (result.Operation is null ? "nothing" : Of(result.Operation));

    public static string Of(OperationResult result) => result switch
    {
        PutResult put => $"put@{put.Revision} replaced {Of(put.Previous)}",
        DeleteResult delete => $"deleted@{delete.Revision} {delete.Deleted} [{string.Join(' ', delete.Previous.Select(Of))}]",
        RangeResult range => $"range@{range.Revision} {range.Count} more={range.More} [{string.Join(' ', range.Items.Select(Of))}]",
        TransactionResult transaction =>
            $"transaction@{transaction.Revision} {transaction.Succeeded} ({string.Join("; ", transaction.Results.Select(Of))})",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    public static string Of(KeyValue? pair) => pair is null
        ? "none"
        : $"{pair.KeyText}={Convert.ToHexString(pair.Value.Span)}(c{pair.CreateRevision} m{pair.ModRevision} v{pair.Version})";

    private static string Of(Operation operation) => operation switch
    {
        PutOperation put => $"put {Hex(put.Key)}={Hex(put.Value)} previous={put.ReturnPrevious}",
        DeleteOperation delete => $"delete {Of(delete.Keys)} previous={delete.ReturnPrevious}",
        RangeOperation range => $"range {Of(range.Keys)} limit={range.Limit} at={range.Revision} keys={range.KeysOnly}",
        TransactionOperation nested => Of(nested.Transaction),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    private static string Of(Transaction transaction)
    {
        StringBuilder text = new("if ");
        text.AppendJoin(" and ", transaction.Compares.Select(Of));
        text.Append(" then (").AppendJoin("; ", transaction.Success.Select(Of));
        text.Append(") else (").AppendJoin("; ", transaction.Failure.Select(Of));
        return text.Append(')').ToString();
    }

    private static string Of(Compare compare) =>
        $"{compare.Target} of {Of(compare.Keys)} {compare.Relation} {compare.Number}/{Hex(compare.Bytes)}";

    private static string Of(KeyRange range) =>
        $"[{Hex(range.Start)}..{(range.End is { } end ? Hex(end) : "end")} single={range.IsSingle}]";

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);
}
