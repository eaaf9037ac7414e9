namespace RaftKv.Storage.Mvcc;

/// <summary>The store's own numbers among the meta's marks.</summary>
internal static class MvccMark
{
    /// <summary>The newest revision, less 1: a file without writes reads as revision 1.</summary>
    public const int Revision = 0;

    public const int CompactedRevision = 1;

    /// <summary>Up to here compacted versions are physically gone.</summary>
    public const int SweptRevision = 2;

    /// <summary>Where inside the sweep the next slice begins: first revision not looked at.</summary>
    public const int SweepNext = 3;

    /// <summary>Order inside that revision.</summary>
    public const int SweepNextOrder = 6;

    public const int AppliedTerm = 4;
    public const int AppliedIndex = 5;
}
