namespace RaftKv.Storage.Mvcc;

/// <summary>What an examination of a store found.</summary>
public sealed class CheckReport
{
    internal CheckReport(IReadOnlyList<string> defects, long pagesReachable, long pagesFree, long pages)
    {
        Defects = defects;
        PagesReachable = pagesReachable;
        PagesFree = pagesFree;
        Pages = pages;
    }

    /// <summary>One sentence per defect; at most 100. Empty when the store is whole.</summary>
    public IReadOnlyList<string> Defects { get; }

    /// <summary>Pages that the trees, large values and the free list use.</summary>
    public long PagesReachable { get; }

    /// <summary>Pages that are free, or will be when readers and the last checkpoint let go of them.</summary>
    public long PagesFree { get; }

    /// <summary>All pages of the file, its head not counted.</summary>
    public long Pages { get; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsClean => Defects.Count == 0;
}
