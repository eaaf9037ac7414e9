namespace RaftKv.Storage.Pages;

/// <summary>
/// Keeps a large transaction within the cache's budget: pages that it made are written to their places before any checkpoint, where no
/// durable root reaches them, and may be evicted. Writer only, between two changes, within an access.
/// </summary>
internal sealed unsafe class PageSpiller : IDisposable
{
    private const int PagesMax = 256;

    private readonly PageCache _cache;
    private readonly PageStaging _staging;
    private readonly List<uint> _pages = [];

    public PageSpiller(PageFile file, PageCache cache)
    {
        _cache = cache;
        _staging = new PageStaging(file, cache.Seals.MarkSpilled);
    }

    /// <summary>Writes some pages when too many have their only copy in memory.</summary>
    /// <param name="checkpointing">Newest transaction of the checkpoint that is being written, whose pages it writes itself.</param>
    public void MakeRoom(long checkpointing)
    {
        if (!_cache.Dirty.AreTooMany)
            return;
        _pages.Clear();
        _cache.Dirty.TakeSpillable(_pages, PagesMax, checkpointing);
        _pages.Sort();
        uint last = 0;
        foreach (uint page in _pages)
        {
            // A number that was given back and taken again is listed twice.
            if (page == last)
                continue;
            last = page;
            NodePage copy = _staging.Stage(page);
            Buffer.MemoryCopy(_cache.FrameOf(page), copy.At, _cache.PageSizeBytes, _cache.PageSizeBytes);
            _cache.Seals.Seal(copy);
        }
        _staging.Write();
    }

    public void Dispose() => _staging.Dispose();
}
