using System.Globalization;

namespace RaftKv.Testing.Histories;

/// <summary>One change as a watch shows it: <c>7:put:x:1</c> or <c>7:del:x</c>.</summary>
/// <param name="Revision">The revision at which it happened.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value it was given; null when it was deleted.</param>
public sealed record HistoryChange(long Revision, string Key, string? Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value is null
        ? $"{Revision}:del:{Token.Write(Key)}"
        : $"{Revision}:put:{Token.Write(Key)}:{Token.Write(Value)}";

    internal static HistoryChange Parse(string word) => word.Split(':') switch
    {
        [var revision, "put", var key, var value] => new HistoryChange(Number(revision), Token.Key(key), Token.Key(value)),
        [var revision, "del", var key] => new HistoryChange(Number(revision), Token.Key(key), null),
        _ => throw new FormatException($"'{word}' is no change: revision:put:key:value or revision:del:key."),
    };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
