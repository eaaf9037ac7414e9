using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Point reads: one descent, no allocation.</summary>
internal static class TreeReader
{
    /// <summary>Finds a key's value in the tree; the span stays valid until the reader's access ends.</summary>
    /// <param name="reader">A pinned reader.</param>
    /// <param name="root">Root of the tree.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; when <paramref name="isRun"/>, it ends with a <see cref="RunReference"/>.</param>
    /// <param name="isRun">Whether part of the value lies in a run.</param>
    public static bool TryGet(PageReader reader, PagePointer root, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out bool isRun)
    {
        value = default;
        isRun = false;
        if (root.IsNone)
            return false;
        NodePage page = reader.Get(root);
        while (!page.IsLeaf)
            page = Step(reader, page, page.FindChild(key, reader.File));
        int index = page.LowerBound(key, reader.File, out bool found);
        if (!found)
            return false;
        value = page.Value(index);
        isRun = (page.ValueInfo(index) & NodePage.RunFlag) != 0;
        return true;
    }

    /// <summary>Goes one level down; levels must fall by one, so that damaged pointers cannot lead in circles.</summary>
    public static NodePage Step(PageReader reader, NodePage page, int index)
    {
        NodePage child = reader.Get(page.Child(index));
        Invariant.Check(child.Level == page.Level - 1);
        return child;
    }

    /// <summary>How many entries have keys below <paramref name="key"/>: one descent.</summary>
    public static long Rank(PageReader reader, PagePointer root, ReadOnlySpan<byte> key)
    {
        if (root.IsNone)
            return 0;
        long rank = 0;
        NodePage page = reader.Get(root);
        while (!page.IsLeaf)
        {
            int index = page.FindChild(key, reader.File);
            for (int i = 0; i < index; i++)
                rank += page.ChildCount(i);
            page = Step(reader, page, index);
        }
        return rank + page.LowerBound(key, reader.File, out _);
    }
}
