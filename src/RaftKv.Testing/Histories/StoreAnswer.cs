using System.Globalization;

namespace RaftKv.Testing.Histories;

/// <summary>
/// What the store answered: its revision, whether the conditions held, and for each step that ran a word: <c>.</c> for a put, the
/// number of deleted keys, a value or <c>-</c>, or the pairs of a range as <c>a=1,b=2</c> or <c>-</c>.
/// </summary>
/// <param name="revision">The store's revision as the answer names it; for a write, the write's own.</param>
/// <param name="succeeded">Whether all conditions held.</param>
/// <param name="results">One word for each step that ran.</param>
public sealed class StoreAnswer(long revision, bool succeeded, IReadOnlyList<string> results)
{
    /// <summary>The store's revision as the answer names it; for a write, the write's own.</summary>
    public long Revision => revision;

    /// <summary>Whether all conditions held, so that the first branch ran.</summary>
    public bool Succeeded => succeeded;

    /// <summary>One word for each step of the branch that ran.</summary>
    public IReadOnlyList<string> Results => results;

    /// <summary>Whether another answer says the same, revisions aside.</summary>
    public bool Agrees(StoreAnswer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (succeeded != other.Succeeded || results.Count != other.Results.Count)
            return false;
        for (int i = 0; i < results.Count; i++)
        {
            if (results[i] != other.Results[i])
                return false;
        }
        return true;
    }

    /// <summary>The word for a value that was read, or for none.</summary>
    public static string Value(string? value) => Token.Write(value);

    /// <summary>The word for a range that was read.</summary>
    public static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        string text = string.Join(',', pairs.Select(pair => $"{Token.Write(pair.Key)}={Token.Write(pair.Value)}"));
        return text.Length == 0 ? Token.Absent : text;
    }

    /// <summary>The pairs of a range from its word.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Pairs(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return word == Token.Absent
            ? []
            : [.. word.Split(',').Select(StoreGuard.Parse).Select(pair => KeyValuePair.Create(pair.Key, pair.Value ?? ""))];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{revision} {(succeeded ? '+' : '-')} {string.Join(' ', results)}".TrimEnd();

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">The text is no answer.</exception>
    public static StoreAnswer Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var revision, "+" or "-", ..])
            throw new FormatException($"'{text}' is no answer: a revision, + or -, and a word for each step.");
        return new StoreAnswer(long.Parse(revision, CultureInfo.InvariantCulture), words[1] == "+", words[2..]);
    }
}
