using RaftKv.Raft;

namespace RaftKv.Testing.Stores;

/// <summary>The actions of simulated clients of a store, in words: what each is, <see cref="KeyValueWorkload"/> carries out.</summary>
internal static class StoreActions
{
    public const int Clients = 6;
    public const int Watches = 3;
    public const int Accounts = 3;
    public const long OpeningBalance = 100;

    private const int Keys = 5;

    // Some values are so long that a watch that catches up takes several batches.
    private const double LongShare = 0.3;
    private const int LongBytes = 300;

    // The word of an action and how often it is drawn, of a hundred.
    private static readonly (string Word, int Share)[] Shares =
    [
        ("put", 22), ("get", 14), ("swap", 10), ("transfer", 9), ("del", 6), ("both", 6), ("count", 6), ("audit", 6), ("lock", 6), ("look", 4),
        ("past", 4), ("stale", 3), ("compact", 3), ("hold", 1),
    ];

    /// <summary>What must stand before the rest: open accounts, and watches, one of which is slow.</summary>
    public static IEnumerable<string> Prologue(int members)
    {
        yield return "c0 1 open";
        for (int i = 1; i <= Watches; i++)
            yield return FormattableString.Invariant($"w{i} {1 + ((i - 1) % members)} watch {(i == Watches ? 400_000 : 0)}");
    }

    public static string Draw(SplittableRandom random, int members, long number)
    {
        int draw = random.Next(100);
        string word = Shares[^1].Word;
        foreach ((string candidate, int share) in Shares)
        {
            if ((draw -= share) >= 0)
                continue;
            word = candidate;
            break;
        }
        int client = 1 + random.Next(Clients);
        string what = word switch
        {
            "put" or "both" when random.Chance(LongShare) =>
                FormattableString.Invariant($"{word} k{random.Next(Keys)} v{number}.{new string('x', LongBytes)}"),
            "put" or "swap" or "both" => FormattableString.Invariant($"{word} k{random.Next(Keys)} v{number}"),
            "get" or "del" or "stale" or "look" => FormattableString.Invariant($"{word} k{random.Next(Keys)}"),
            "transfer" =>
                FormattableString.Invariant($"transfer bank/{random.Next(Accounts)} bank/{random.Next(Accounts)} {random.Next(30)}"),
            "count" => FormattableString.Invariant($"count count/{random.Next(2)}"),
            "lock" => FormattableString.Invariant($"lock {random.Next(2)} c{client}.{number}"),
            "hold" => FormattableString.Invariant($"hold {100 + random.Next(3000)}"),
            "past" or "compact" => FormattableString.Invariant($"{word} {random.Next(40)}"),
            _ => word,
        };
        return FormattableString.Invariant($"c{client} {1 + random.Next(members)} {what}");
    }
}
