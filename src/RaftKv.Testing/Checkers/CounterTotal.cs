using System.Globalization;
using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>
/// A counter that is raised by one at a time counts every acknowledged raise once, and at most once each of unknown fate (exactly-once,
/// Raft thesis 6.3).
/// </summary>
/// <param name="prefix">What the keys of counters begin with.</param>
public sealed class CounterTotal(string prefix) : IHistoryChecker
{
    /// <inheritdoc/>
    public string Property => "counters count what was acknowledged";

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<string> breaches = [];
        foreach (IGrouping<string, HistoryCall> counter in history.Calls.Where(IsRaise).GroupBy(call => call.Call.Then[0].Key))
        {
            int sure = counter.Count(call => call.Answer is { Succeeded: true });
            int unsure = counter.Count(call => call.Fate == CallFate.Unknown);
            foreach (MemberState state in history.Events.OfType<MemberState>())
            {
                string text = state.Pairs.FirstOrDefault(pair => pair.Key == counter.Key).Value ?? "0";
                long total = long.Parse(text, CultureInfo.InvariantCulture);
                if (total < sure || total > sure + unsure)
                    breaches.Add($"{state.Actor} has {total} in {counter.Key}, but {sure} raises were acknowledged and {unsure} unsure.");
            }
        }
        return breaches;
    }

    private bool IsRaise(HistoryCall call) => call.Call is { IsTransaction: true, Then: [{ Kind: StoreStepKind.Put } put] }
        && put.Key.StartsWith(prefix, StringComparison.Ordinal);
}
