namespace RaftKv.Storage.Mvcc;

/// <summary>A range of keys as etcd writes it, decided once.</summary>
internal readonly struct KeyInterval
{
    private readonly ReadOnlyMemory<byte> _end;
    private readonly bool _single;

    public KeyInterval(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd)
    {
        _single = rangeEnd.IsEmpty;
        IsOpen = rangeEnd.Length == 1 && rangeEnd.Span[0] == 0;
        Start = key.Length == 1 && key.Span[0] == 0 && IsOpen ? default : key;
        _end = rangeEnd;
    }

    public ReadOnlyMemory<byte> Start { get; }

    /// <summary>Whether the range has no end.</summary>
    public bool IsOpen { get; }

    public bool IsSingle => _single;

    public ReadOnlySpan<byte> End => _end.Span;

    /// <summary>Whether a key at or after <see cref="Start"/> is inside.</summary>
    public bool EndsAfter(ReadOnlySpan<byte> key)
        => _single ? key.SequenceEqual(Start.Span) : IsOpen || key.SequenceCompareTo(_end.Span) < 0;

    public bool Contains(ReadOnlySpan<byte> key) => key.SequenceCompareTo(Start.Span) >= 0 && EndsAfter(key);
}
