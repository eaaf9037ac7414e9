using System.Globalization;
using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// Transfers between accounts never change their sum: no read of all accounts, no revision and no member shows another one, since
/// transactions are atomic and isolated (Raft thesis 6.3).
/// </summary>
/// <param name="prefix">What the keys of the accounts begin with; their values are whole numbers, an absent one counts zero.</param>
/// <param name="total">The sum.</param>
public sealed class TransferSum(string prefix, long total) : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "transfers keep the sum";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<string> breaches = [];
        foreach (HistoryCall call in history.Calls.Where(call => call.Answer is not null))
        {
            foreach ((StoreStep step, string word) in call.Call.Then.Zip(call.Answer!.Results))
            {
                if (step.Kind == StoreStepKind.Range && step.Covers(prefix) && call.Answer.Succeeded)
                    Compare(StoreAnswer.Pairs(word), call.ToString(), breaches);
            }
        }
        foreach (MemberState state in history.Events.OfType<MemberState>())
            Compare(state.Pairs, $"{state.Actor} at revision {state.Revision}", breaches);
        RevisionLog log = new(history);
        StoreModelState now = StoreModelState.Empty;
        for (long revision = log.First; log.IsComplete && revision <= log.Last; revision++)
        {
            IReadOnlyList<HistoryChange> changes = log[revision]?.Changes ?? [];
            foreach (HistoryChange change in changes)
                now = now.With(change.Key, change.Value);
            if (changes.Any(change => change.Key.StartsWith(prefix, StringComparison.Ordinal)))
                Compare(now.Pairs, $"revision {revision}", breaches);
        }
        return breaches;
    }

    // Before the accounts are opened there is nothing to add up.
    private void Compare(IReadOnlyList<KeyValuePair<string, string>> pairs, string where, List<string> breaches)
    {
        string[] balances = [.. pairs.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => pair.Value)];
        long sum = balances.Sum(balance => long.Parse(balance, CultureInfo.InvariantCulture));
        if (balances.Length > 0 && sum != total)
            breaches.Add($"{where} shows the sum {sum} instead of {total}.");
    }
}
