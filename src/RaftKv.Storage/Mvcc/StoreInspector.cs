using RaftKv.Storage.Disk;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Looks at a store that nobody has open, and changes nothing.</summary>
public static class StoreInspector
{
    private const long CacheBytes = 16L << 20;

    /// <summary>What the last checkpoint says of itself. Reads the head of the file and the list of free pages only.</summary>
    /// <param name="directory">Where <c>store.db</c> is; best locked by the caller meanwhile.</param>
    /// <exception cref="StorageCorruptException">No checkpoint is valid, or its list of free pages is damaged.</exception>
    /// <exception cref="ArgumentException">The directory holds no store.</exception>
    public static StoreInspection Inspect(IStorageDirectory directory)
    {
        using TreeStore store = Open(directory);
        MetaPage meta = store.Durable;
        long[] marks = meta.Marks;
        return new StoreInspection(meta.PageSizeBytes, meta.Sequence, marks[MvccMark.Revision] + 1, marks[MvccMark.CompactedRevision],
            new StorePosition(marks[MvccMark.AppliedTerm], marks[MvccMark.AppliedIndex]), meta.Trees[MvccTree.Keys].Count,
            meta.Trees[MvccTree.History].Count, store.File.OffsetOf(meta.PageCount), store.File.OffsetOf(store.FreeList.FreeCount));
    }

    /// <summary>
    /// Examines every page in use: checksums, key order, and that every page is used once or free. <see cref="MvccStore.Check"/> does the
    /// same beside normal work.
    /// </summary>
    /// <param name="directory">Where <c>store.db</c> is; best locked by the caller meanwhile.</param>
    /// <param name="progress">Called now and then, and at the end; null for none.</param>
    /// <exception cref="StorageCorruptException">No checkpoint is valid, or its list of free pages is damaged.</exception>
    /// <exception cref="ArgumentException">The directory holds no store.</exception>
    public static CheckReport Check(IStorageDirectory directory, Action<StoreProgress>? progress = null)
    {
        using TreeStore store = Open(directory);
        return new StoreCheck(store, progress).Run();
    }

    private static TreeStore Open(IStorageDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (!directory.Exists(MvccStore.FileName))
            throw new ArgumentException($"{directory.Path} holds no {MvccStore.FileName}.", nameof(directory));
        return TreeStore.Open(directory, MvccStore.FileName, PageFile.PageSizeMin, CacheBytes);
    }
}
