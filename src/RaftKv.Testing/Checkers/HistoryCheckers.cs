using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Checkers;

/// <summary>All properties of the store's histories together.</summary>
public static class HistoryCheckers
{
    /// <summary>One checker for each property.</summary>
    public static IReadOnlyList<IHistoryChecker> All =>
    [
        new NoAcknowledgedWriteLost(), new ExactlyOnce(), new WatchOrder(), new ReplicaEquality(), new RevisionOrder(),
        new LinearizableCalls(),
    ];

    /// <summary>Every breach of every property, as "property: what breaks it".</summary>
    public static IReadOnlyList<string> Check(History history) => Check(history, All);

    /// <summary>Every breach of the given properties, as "property: what breaks it".</summary>
    public static IReadOnlyList<string> Check(History history, IEnumerable<IHistoryChecker> checkers)
    {
        ArgumentNullException.ThrowIfNull(checkers);
        return [.. checkers.SelectMany(checker => checker.Check(history).Select(breach => $"{checker.Property}: {breach}"))];
    }
}
