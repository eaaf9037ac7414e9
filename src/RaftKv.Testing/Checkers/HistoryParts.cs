namespace RaftKv.Testing.Checkers;

/// <summary>
/// Splits a history into calls that share no part of the state, directly or through other calls. One that touches no part is judged by itself.
/// </summary>
internal static class HistoryParts
{
    public static IEnumerable<List<TimedCall<TCall, TAnswer>>> Split<TCall, TAnswer>(
        IEnumerable<TimedCall<TCall, TAnswer>> history, Func<TCall, IEnumerable<string>> parts)
    {
        SortedDictionary<string, string> parents = new(StringComparer.Ordinal);
        List<(TimedCall<TCall, TAnswer> Call, string Part)> calls = [];
        List<List<TimedCall<TCall, TAnswer>>> alone = [];
        foreach (TimedCall<TCall, TAnswer> call in history)
        {
            string? first = null;
            foreach (string part in parts(call.Call))
            {
                parents.TryAdd(part, part);
                first ??= part;
                parents[Root(parents, part)] = Root(parents, first);
            }
            if (first is not null)
                calls.Add((call, first));
            else
                alone.Add([call]);
        }
        return calls.GroupBy(call => Root(parents, call.Part), call => call.Call, StringComparer.Ordinal)
            .Select(group => group.ToList()).Concat(alone);
    }

    private static string Root(SortedDictionary<string, string> parents, string part)
    {
        while (parents[part] is var parent && parent != part)
        {
            parents[part] = parents[parent];
            part = parent;
        }
        return part;
    }
}
