namespace RaftKv.Transactions;

/// <summary>What of a key a comparison looks at.</summary>
public enum CompareTarget : byte
{
    /// <summary>The number of puts since creation.</summary>
    Version = 1,

    /// <summary>The revision of creation.</summary>
    CreateRevision = 2,

    /// <summary>The revision of the last put.</summary>
    ModRevision = 3,

    /// <summary>The value, byte by byte.</summary>
    Value = 4,
}

/// <summary>How the stored value, on the left, must relate to the given one.</summary>
public enum CompareRelation : byte
{
    /// <summary>Both are equal.</summary>
    Equal = 1,

    /// <summary>The stored one differs.</summary>
    NotEqual = 2,

    /// <summary>The stored one is greater.</summary>
    Greater = 3,

    /// <summary>The stored one is less.</summary>
    Less = 4,
}

/// <summary>
/// One condition of a transaction, judged against the state before the transaction. Over a range it must hold for every key in it.
/// </summary>
/// <remarks>
/// An absent key, or a range without keys, counts as version 0 and revisions 0, so <c>Version(key).Equal(0)</c> asks for absence.
/// A comparison of its value never holds, not even <see cref="CompareRelation.NotEqual"/>.
/// </remarks>
public sealed class Compare
{
    internal Compare(KeyRange keys, CompareTarget target, CompareRelation relation, long number, ReadOnlyMemory<byte> bytes)
    {
        Keys = keys;
        Target = target;
        Relation = relation;
        Number = number;
        Bytes = bytes;
    }

    /// <summary>The keys that are looked at.</summary>
    public KeyRange Keys { get; }

    /// <summary>What of them is looked at.</summary>
    public CompareTarget Target { get; }

    /// <summary>How it must relate.</summary>
    public CompareRelation Relation { get; }

    /// <summary>The number on the right, for every target but <see cref="CompareTarget.Value"/>.</summary>
    public long Number { get; }

    /// <summary>The bytes on the right, for <see cref="CompareTarget.Value"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Begins a condition on the number of puts since creation; 0 means absent.</summary>
    public static CompareNumber Version(KeyRange range) => new(range, CompareTarget.Version);

    /// <summary>Begins a condition on the number of puts since creation; 0 means absent.</summary>
    public static CompareNumber Version(string key) => Version(KeyRange.Single(key));

    /// <summary>Begins a condition on the revision of creation; 0 means absent.</summary>
    public static CompareNumber CreateRevision(KeyRange range) => new(range, CompareTarget.CreateRevision);

    /// <summary>Begins a condition on the revision of creation; 0 means absent.</summary>
    public static CompareNumber CreateRevision(string key) => CreateRevision(KeyRange.Single(key));

    /// <summary>Begins a condition on the revision of the last put; 0 means absent.</summary>
    public static CompareNumber ModRevision(KeyRange range) => new(range, CompareTarget.ModRevision);

    /// <summary>Begins a condition on the revision of the last put; 0 means absent.</summary>
    public static CompareNumber ModRevision(string key) => ModRevision(KeyRange.Single(key));

    /// <summary>Begins a condition on the value.</summary>
    public static CompareValue Value(KeyRange range) => new(range);

    /// <summary>Begins a condition on the value.</summary>
    public static CompareValue Value(string key) => Value(KeyRange.Single(key));

    internal bool HoldsFor(long stored) => Holds(stored.CompareTo(Number));

    internal bool HoldsFor(ReadOnlySpan<byte> stored) => Holds(stored.SequenceCompareTo(Bytes.Span));

    private bool Holds(int order) => Relation switch
    {
        CompareRelation.Equal => order == 0,
        CompareRelation.NotEqual => order != 0,
        CompareRelation.Greater => order > 0,
        CompareRelation.Less => order < 0,
        _ => false,
    };
}
