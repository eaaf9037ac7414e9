using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Examines a store: the trees page by page, and every page of the file accounted for exactly once.</summary>
internal sealed class StoreCheck(TreeStore store, Action<StoreProgress>? progress = null)
{
    private const int PagesPerReport = 1024;


    public CheckReport Run()
    {
        PageReader reader = store.BeginCheck(out TreeState state, out PageBitmap free, out IReadOnlyList<uint> listPages);
        try
        {
            var checker = new TreeChecker(store, reader, free.PageCount);
            long pages = free.PageCount - store.File.FirstPage;
            long used = pages - free.Count;
            checker.PageReached = reached =>
            {
                if (reached % PagesPerReport == 0)
                    progress?.Invoke(new StoreProgress(reached, used));
            };
            for (int tree = 0; tree < state.Trees.Length; tree++)
                checker.Check(tree, state.Trees[tree]);
            foreach (uint page in listPages)
                checker.Reach(page, "the free list");
            uint reached = checker.Reached.Count;
            for (uint page = store.File.FirstPage; page < free.PageCount && checker.Defects.Count < TreeChecker.DefectsMax; page++)
            {
                if (free[page] == checker.Reached[page])
                    checker.Report(free[page] ? $"page {page} is free and used" : $"page {page} is neither used nor free");
            }
            progress?.Invoke(new StoreProgress(reached, used));
            return new CheckReport(checker.Defects, reached, free.Count, pages);
        }
        finally
        {
            store.EndRead(reader);
        }
    }
}
