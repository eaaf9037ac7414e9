namespace RaftKv.Testing.Histories;

/// <summary>What one step of a call does.</summary>
public enum StoreStepKind
{
    /// <summary>Stores a value.</summary>
    Put,

    /// <summary>Deletes a key.</summary>
    Delete,

    /// <summary>Reads a key.</summary>
    Get,

    /// <summary>Reads all keys of a half-open range.</summary>
    Range,
}

/// <summary>One step of a call: <c>put k v</c>, <c>del k</c>, <c>get k</c> or <c>range k end</c>.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Key">The key, or where the range begins.</param>
/// <param name="Text">The value of a put, the exclusive end of a range; else null.</param>
public sealed record StoreStep(StoreStepKind Kind, string Key, string? Text = null)
{
    /// <summary>Whether it changes nothing.</summary>
    public bool IsRead => Kind is StoreStepKind.Get or StoreStepKind.Range;

    /// <summary>Whether a key lies in the range that is read.</summary>
    public bool Covers(string key) => string.CompareOrdinal(key, Key) >= 0 && string.CompareOrdinal(key, Text) < 0;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        StoreStepKind.Put => $"put {Token.Write(Key)} {Token.Write(Text)}",
        StoreStepKind.Delete => $"del {Token.Write(Key)}",
        StoreStepKind.Get => $"get {Token.Write(Key)}",
        _ => $"range {Token.Write(Key)} {Token.Write(Text)}",
    };

    internal static StoreStep Parse(ReadOnlySpan<string> words) => words switch
    {
        ["put", var key, var value] => new StoreStep(StoreStepKind.Put, Token.Key(key), Token.Key(value)),
        ["del", var key] => new StoreStep(StoreStepKind.Delete, Token.Key(key)),
        ["get", var key] => new StoreStep(StoreStepKind.Get, Token.Key(key)),
        ["range", var key, var end] => new StoreStep(StoreStepKind.Range, Token.Key(key), Token.Key(end)),
        _ => throw new FormatException($"'{string.Join(' ', words)}' is no step: put k v, del k, get k or range k end."),
    };
}

/// <summary>A condition of a transaction: a key has a value, or is absent.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value it must have; null when it must be absent.</param>
public sealed record StoreGuard(string Key, string? Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Token.Write(Key)}={Token.Write(Value)}";

    internal static StoreGuard Parse(string word) => word.Split('=') is [var key, var value]
        ? new StoreGuard(Token.Key(key), Token.Read(value))
        : throw new FormatException($"'{word}' is no condition: key=value or key=-.");
}
