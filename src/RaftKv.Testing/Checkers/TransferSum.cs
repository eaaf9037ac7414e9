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
                    Compare(StoreAnswer.Pairs(word), $"{call}", breaches);
            }
        }
        foreach (MemberState state in history.Events.OfType<MemberState>())
            Compare(state.Pairs, $"{state.Actor} at revision {state.Revision}", breaches);
        RevisionLog log = history.Revisions;
        StoreModelState now = StoreModelState.Empty;
        for (long revision = log.First; log.IsComplete && revision <= log.Last; revision++)
        {
            StoreModelState before = now;
            foreach (HistoryChange change in log[revision]?.Changes ?? [])
                now = IsAccount(change.Key) ? now.With(change.Key, change.Value) : now;
            if (!ReferenceEquals(now, before))
                Compare(now.Pairs, $"revision {revision}", breaches);
        }
        return breaches;
    }

    // Before the accounts are opened there is nothing to add up.
    private void Compare(IReadOnlyList<KeyValuePair<string, string>> pairs, FormattableString where, List<string> breaches)
    {
        (long sum, bool isOpen) = (0, false);
        foreach ((string key, string balance) in pairs)
        {
            if (!IsAccount(key))
                continue;
            sum += long.Parse(balance, CultureInfo.InvariantCulture);
            isOpen = true;
        }
        if (isOpen && sum != total)
            breaches.Add($"{where.ToString(CultureInfo.InvariantCulture)} shows the sum {sum} instead of {total}.");
    }

    private bool IsAccount(string key) => key.StartsWith(prefix, StringComparison.Ordinal);
}
