using System.Globalization;

namespace RaftKv.Testing.Histories;

/// <summary>
/// What a client asked of the store: one step, or a transaction of conditions and two lists of steps.
/// </summary>
/// <remarks>
/// As text: <c>put k v</c>; <c>stale get k</c> for a serializable read; <c>@7 get k</c> for a read at revision 7;
/// <c>txn a=1 b=- ? put a 2 ; get b : get a</c> for a transaction.
/// </remarks>
public sealed class StoreCall
{
    /// <summary>Conditions; all must hold for <see cref="Then"/> to run.</summary>
    public IReadOnlyList<StoreGuard> Guards { get; init; } = [];

    /// <summary>What runs when all conditions hold, or without conditions.</summary>
    public required IReadOnlyList<StoreStep> Then { get; init; }

    /// <summary>What runs when a condition does not hold.</summary>
    public IReadOnlyList<StoreStep> Else { get; init; } = [];

    /// <summary>Whether the text is a transaction's even without conditions.</summary>
    public bool IsTransaction { get; init; }

    /// <summary>Whether the read may be old (serializable).</summary>
    public bool IsStale { get; init; }

    /// <summary>The revision that is read; 0 for the newest.</summary>
    public long AtRevision { get; init; }

    /// <summary>Whether it changes nothing whatever the conditions say.</summary>
    public bool IsReadOnly => Then.All(step => step.IsRead) && Else.All(step => step.IsRead);

    /// <summary>Whether real time binds it: neither a serializable nor a historical read.</summary>
    public bool IsLinearizable => !IsStale && AtRevision == 0;

    /// <summary>Every step of both branches.</summary>
    public IEnumerable<StoreStep> Steps => Then.Concat(Else);

    /// <summary>A call of one step.</summary>
    public static StoreCall Of(StoreStep step) => new() { Then = [step] };

    /// <inheritdoc/>
    public override string ToString()
    {
        string prefix = IsStale ? "stale " : AtRevision > 0 ? $"@{AtRevision} " : "";
        if (!IsTransaction)
            return prefix + Then[0];
        string guards = string.Concat(Guards.Select(guard => $"{guard} "));
        return $"{prefix}txn {guards}? {string.Join(" ; ", Then)} : {string.Join(" ; ", Else)}".TrimEnd();
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">The text is no call; the message says what is wrong.</exception>
    public static StoreCall Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<string> words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool isStale = words is ["stale", ..];
        long atRevision = words is [['@', .. var revision], ..] ? long.Parse(revision, CultureInfo.InvariantCulture) : 0;
        if (isStale || atRevision > 0)
            words = words[1..];
        if (words is not ["txn", ..])
            return new StoreCall { Then = [StoreStep.Parse(words)], IsStale = isStale, AtRevision = atRevision };
        int question = words.IndexOf("?");
        int colon = words.IndexOf(":");
        if (question < 0 || colon < question)
            throw new FormatException($"'{text}': a transaction has its conditions before a ? and its branches around a :.");
        return new StoreCall
        {
            IsTransaction = true,
            IsStale = isStale,
            AtRevision = atRevision,
            Guards = [.. words[1..question].ToArray().Select(StoreGuard.Parse)],
            Then = Branch(words[(question + 1)..colon]),
            Else = Branch(words[(colon + 1)..]),
        };
    }

    private static List<StoreStep> Branch(ReadOnlySpan<string> words)
    {
        List<StoreStep> steps = [];
        while (!words.IsEmpty)
        {
            int end = words.IndexOf(";");
            steps.Add(StoreStep.Parse(end < 0 ? words : words[..end]));
            words = end < 0 ? [] : words[(end + 1)..];
        }
        return steps;
    }
}
