namespace RaftKv.Storage.Trees;

/// <summary>Numbers of the pages that one transaction touches; the next one uses the same lists, so that a batch leaves little garbage.</summary>
internal sealed class TransactionPages
{
    private const int CapacityKept = 64 << 10;

    public List<uint> Made { get; } = [];

    /// <summary>Branches made whose pointers may be older than the newest checkpoint.</summary>
    public List<uint> Unsealed { get; } = [];

    public List<uint> FreedDurable { get; } = [];

    public List<uint> FreedVolatile { get; } = [];

    /// <summary>Empties the lists, and gives memory back that only a very large transaction needs.</summary>
    public void Clear()
    {
        Clear(Made);
        Clear(Unsealed);
        Clear(FreedDurable);
        Clear(FreedVolatile);
    }

    private static void Clear(List<uint> pages)
    {
        pages.Clear();
        if (pages.Capacity > CapacityKept)
            pages.Capacity = CapacityKept;
    }
}
