using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace RaftKv;

/// <summary>A half-open interval of keys in byte order: <see cref="Start"/> belongs to it, <see cref="End"/> does not.</summary>
public sealed class KeyRange
{
    private static readonly byte[] FirstKey = [0];

    private KeyRange(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte>? end, bool isSingle)
    {
        Start = start;
        End = end;
        IsSingle = isSingle;
    }

    /// <summary>Every key there is.</summary>
    public static KeyRange All { get; } = new(FirstKey, null, isSingle: false);

    /// <summary>The first key of the interval; never empty in a valid range.</summary>
    public ReadOnlyMemory<byte> Start { get; }

    /// <summary>The first key after the interval, or null when the interval has no end.</summary>
    /// <remarks>
    /// An end at or before the start selects nothing, which is not an error. For a single key it is that key's successor.
    /// </remarks>
    public ReadOnlyMemory<byte>? End { get; }

    /// <summary>Whether the range was made for exactly one key.</summary>
    public bool IsSingle { get; }

    /// <summary>Exactly one key.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The word for one key; no number is near.")]
    public static KeyRange Single(ReadOnlyMemory<byte> key)
    {
        byte[] end = new byte[key.Length + 1];
        key.Span.CopyTo(end);
        return new KeyRange(end.AsMemory(0, key.Length), end, isSingle: true);
    }

    /// <summary>Exactly one key, in UTF-8.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The word for one key; no number is near.")]
    public static KeyRange Single(string key) => Single(Bytes(key));

    /// <summary>Every key that begins with the given bytes; all keys for an empty prefix.</summary>
    public static KeyRange Prefix(ReadOnlyMemory<byte> prefix)
    {
        if (prefix.IsEmpty)
            return All;
        int last = prefix.Span.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
            return new KeyRange(prefix.ToArray(), null, isSingle: false);
        byte[] end = prefix[..(last + 1)].ToArray();
        end[last]++;
        return new KeyRange(prefix.ToArray(), end, isSingle: false);
    }

    /// <summary>Every key that begins with the given text in UTF-8; all keys for an empty prefix.</summary>
    public static KeyRange Prefix(string prefix) => Prefix(Bytes(prefix));

    /// <summary>Every key at or after the given one.</summary>
    public static KeyRange From(ReadOnlyMemory<byte> start) => new(start.ToArray(), null, isSingle: false);

    /// <summary>Every key at or after the given one, in UTF-8.</summary>
    public static KeyRange From(string start) => From(Bytes(start));

    /// <summary>Every key from <paramref name="start"/> on and before <paramref name="end"/>.</summary>
    public static KeyRange Between(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end) =>
        new(start.ToArray(), end.ToArray(), isSingle: false);

    /// <summary>Every key from <paramref name="start"/> on and before <paramref name="end"/>, both in UTF-8.</summary>
    public static KeyRange Between(string start, string end) => Between(Bytes(start), Bytes(end));

    /// <summary>Whether a key lies in the interval.</summary>
    public bool Contains(ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(Start.Span) >= 0 && (End is not { } end || key.SequenceCompareTo(end.Span) < 0);

    /// <summary>The interval in UTF-8, for messages.</summary>
    public override string ToString()
    {
        string start = Encoding.UTF8.GetString(Start.Span);
        if (IsSingle)
            return start;
        return End is { } end ? $"[{start}, {Encoding.UTF8.GetString(end.Span)})" : $"[{start}, end)";
    }

    internal static byte[] Bytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The same range starting later: what is left after a page that ended with <paramref name="lastKey"/>.</summary>
    internal KeyRange After(ReadOnlyMemory<byte> lastKey)
    {
        byte[] next = new byte[lastKey.Length + 1];
        lastKey.Span.CopyTo(next);
        return new KeyRange(next, End, isSingle: false);
    }
}
