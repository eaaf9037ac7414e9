using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Transactions;

/// <summary>A condition on a value that still lacks its relation. Values compare byte by byte, the shorter one first.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "A step of a fluent call, never compared.")]
public readonly struct CompareValue
{
    private readonly KeyRange _range;

    internal CompareValue(KeyRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        _range = range;
    }

    /// <summary>The key exists and its value equals the given one.</summary>
    public Compare Equal(ReadOnlyMemory<byte> value) => Relate(CompareRelation.Equal, value);

    /// <summary>The key exists and its value equals the given one in UTF-8.</summary>
    public Compare Equal(string value) => Equal(KeyRange.Bytes(value));

    /// <summary>The key exists and its value differs from the given one.</summary>
    public Compare NotEqual(ReadOnlyMemory<byte> value) => Relate(CompareRelation.NotEqual, value);

    /// <summary>The key exists and its value differs from the given one in UTF-8.</summary>
    public Compare NotEqual(string value) => NotEqual(KeyRange.Bytes(value));

    /// <summary>The key exists and its value is greater than the given one.</summary>
    public Compare Greater(ReadOnlyMemory<byte> value) => Relate(CompareRelation.Greater, value);

    /// <summary>The key exists and its value is less than the given one.</summary>
    public Compare Less(ReadOnlyMemory<byte> value) => Relate(CompareRelation.Less, value);

    private Compare Relate(CompareRelation relation, ReadOnlyMemory<byte> value) =>
        new(_range, CompareTarget.Value, relation, 0, value.ToArray());
}
