namespace RaftKv.Storage.Mvcc;

/// <summary>The store's own numbers among the meta's marks.</summary>
internal static class MvccMark
{
    /// <summary>The newest revision, less 1: a file without writes reads as revision 1.</summary>
    public const int Revision = 0;

    public const int CompactedRevision = 1;

    /// <summary>Up to here compacted versions are physically gone.</summary>
    public const int SweptRevision = 2;

    public const int AppliedTerm = 4;
    public const int AppliedIndex = 5;

    /// <summary>Up to here the sweep goes that is under way; none is when this is not above <see cref="SweptRevision"/>.</summary>
    public const int SweepTop = 7;

    /// <summary>The lowest revision that the sweep, which goes down, has seen.</summary>
    public const int SweepSeen = 8;

    /// <summary>Order of the lowest change seen inside that revision.</summary>
    public const int SweepSeenOrder = 9;
}
