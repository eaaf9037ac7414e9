using System.Globalization;
using System.Text;
using RaftKv.Testing.Histories;
using RaftKv.Transactions;

namespace RaftKv.Testing.Stores;

/// <summary>Carries out the calls of a history on a store, and words its answers as a history does.</summary>
public static class StoreCalls
{
    /// <summary>Carries a call out through the public methods that a user would take for it.</summary>
    /// <exception cref="RaftKvException">As the store throws it.</exception>
    public static async Task<StoreAnswer> AskAsync(KeyValueStore store, StoreCall call)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(call);
        if (call.IsTransaction)
        {
            TransactionResult done = await store.TransactAsync(Transaction(call)).ConfigureAwait(false);
            IReadOnlyList<StoreStep> steps = done.Succeeded ? call.Then : call.Else;
            return new StoreAnswer(done.Revision, done.Succeeded, [.. steps.Zip(done.Results, Word)]);
        }
        OperationResult result = call.Then[0] switch
        {
            { Kind: StoreStepKind.Put } put => await store.PutAsync(put.Key, put.Text!).ConfigureAwait(false),
            { Kind: StoreStepKind.Delete } delete => await store.DeleteAsync(delete.Key).ConfigureAwait(false),
            var read => await store.RangeAsync(
                Keys(read), new RangeOptions { Serializable = call.IsStale, Revision = call.AtRevision }).ConfigureAwait(false),
        };
        return new StoreAnswer(result.Revision, true, [Word(call.Then[0], result)]);
    }

    /// <summary>The changes of a watched batch as a history has them.</summary>
    public static IEnumerable<HistoryChange> Changes(Watch.WatchBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Events.Select(change =>
            new HistoryChange(change.Revision, Encoding.UTF8.GetString(change.Key.Span), change.Current?.ValueText));
    }

    private static KeyRange Keys(StoreStep read) =>
        read.Kind == StoreStepKind.Get ? KeyRange.Single(read.Key) : KeyRange.Between(read.Key, read.Text!);

    private static Transaction Transaction(StoreCall call) => Transactions.Transaction
        .When([.. call.Guards.Select(Condition)]).Then([.. call.Then.Select(Operation)]).Else([.. call.Else.Select(Operation)]);

    private static Compare Condition(StoreGuard guard) => guard.Value is null
        ? Compare.Version(guard.Key).Equal(0)
        : Compare.Value(guard.Key).Equal(Encoding.UTF8.GetBytes(guard.Value));

    private static Operation Operation(StoreStep step) => step.Kind switch
    {
        StoreStepKind.Put => Transactions.Operation.Put(step.Key, step.Text!),
        StoreStepKind.Delete => Transactions.Operation.Delete(step.Key),
        _ => Transactions.Operation.Range(Keys(step)),
    };

    private static string Word(StoreStep step, OperationResult result) => (step.Kind, result) switch
    {
        (StoreStepKind.Put, PutResult) => ".",
        (StoreStepKind.Delete, DeleteResult deleted) => deleted.Deleted.ToString(CultureInfo.InvariantCulture),
        (StoreStepKind.Get, RangeResult found) => StoreAnswer.Value(found.Items.Count == 0 ? null : found.Items[0].ValueText),
        (StoreStepKind.Range, RangeResult found) =>
            StoreAnswer.Pairs(found.Items.Select(pair => KeyValuePair.Create(pair.KeyText, pair.ValueText))),
        _ => throw new InvalidOperationException($"'{step}' was answered with a {result.GetType().Name}."),
    };
}
