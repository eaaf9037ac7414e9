using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Transactions;

/// <summary>A condition on a number that still lacks its relation.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "A step of a fluent call, never compared.")]
public readonly struct CompareNumber
{
    private readonly KeyRange _range;
    private readonly CompareTarget _target;

    internal CompareNumber(KeyRange range, CompareTarget target)
    {
        ArgumentNullException.ThrowIfNull(range);
        _range = range;
        _target = target;
    }

    /// <summary>The stored number equals the given one.</summary>
    public Compare Equal(long number) => Relate(CompareRelation.Equal, number);

    /// <summary>The stored number differs from the given one.</summary>
    public Compare NotEqual(long number) => Relate(CompareRelation.NotEqual, number);

    /// <summary>The stored number is greater than the given one.</summary>
    public Compare Greater(long number) => Relate(CompareRelation.Greater, number);

    /// <summary>The stored number is less than the given one.</summary>
    public Compare Less(long number) => Relate(CompareRelation.Less, number);

    private Compare Relate(CompareRelation relation, long number) => new(_range, _target, relation, number, default);
}
