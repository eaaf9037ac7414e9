using RaftKv.Storage.Disk;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Copies what is readable of a damaged store into a new one, and says what was lost: for when there is neither a backup nor another
/// member to copy from. Nothing is guessed: whatever does not have its checksum is left out.
/// </summary>
/// <remarks>
/// The newest checkpoint is copied whose meta is valid and the root of whose keys can be read; the one before it may be short of pages
/// that were used again since. The revisions and the leases are made anew from the versions, so damage there loses nothing, and damage in
/// the list of free pages neither. A copy with losses must not serve as a member of a cluster: the other members hold more.
/// </remarks>
public static class StoreSalvage
{
    private const string TemporaryName = MvccStore.FileName + ".salvage";

    /// <summary>Copies a store that is not open; the damaged file is only read. The copy is durable on return, or not there.</summary>
    /// <param name="damaged">Where the damaged <c>store.db</c> is.</param>
    /// <param name="target">Where the copy is to be; a directory without a store.</param>
    /// <param name="progress">Called now and then with the entries read, once more from the start when the history has to go; null for none.</param>
    /// <exception cref="ArgumentException">The target holds a store already; nothing was done.</exception>
    /// <exception cref="StorageCorruptException">
    /// Neither of the two metas is valid, so that nothing in the file can be told from rubbish; or the new file is damaged too.
    /// </exception>
    public static StoreSalvageReport Copy(IStorageDirectory damaged, IStorageDirectory target, Action<StoreProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(damaged);
        ArgumentNullException.ThrowIfNull(target);
        if (target.Exists(MvccStore.FileName))
            throw new ArgumentException($"{target.Path} holds a store already.", nameof(target));
        using IStorageFile file = damaged.Open(MvccStore.FileName);
        var unusable = new List<StoreSalvageLoss>();
        MetaPage meta = Choose(file, unusable);
        var counter = new EntryCounter(meta, progress);
        StoreSalvageReport report = Copy(file, meta, unusable, target, counter, keepsHistory: true)
            ?? Copy(file, meta, unusable, target, counter, keepsHistory: false)!;
        target.Rename(TemporaryName, MvccStore.FileName);
        target.Flush();
        return report;
    }

    // Null when the history was to be kept and some version is lost.
    private static StoreSalvageReport? Copy(IStorageFile file, MetaPage meta, List<StoreSalvageLoss> unusable, IStorageDirectory target,
        EntryCounter counter, bool keepsHistory)
    {
        counter.Restart();
        if (target.Exists(TemporaryName))
            target.Delete(TemporaryName);
        List<StoreSalvageLoss> losses = [.. unusable];
        var walk = new StoreSalvageWalk(new PageFile(file, meta.PageSizeBytes), losses);
        var marks = (long[])meta.Marks.Clone();
        long revision = marks[MvccMark.Revision] + 1;
        using var copy = new StoreSalvageCopy(target, TemporaryName, meta.PageSizeBytes);
        walk.Walk(StoreSalvagePart.Keys, meta.Trees[MvccTree.Keys], (key, value, run) =>
        {
            counter.Add();
            copy.PutKey(key, value, run);
        });
        walk.Walk(StoreSalvagePart.History, meta.Trees[MvccTree.History], (key, value, run) =>
        {
            counter.Add();
            if (keepsHistory || IsDeletionAt(revision, value, run))
                copy.PutHistory(key, value, run);
        });
        if (keepsHistory && losses.Count > unusable.Count)
            return null;
        walk.Walk(StoreSalvagePart.Blobs, meta.Trees[MvccTree.Blobs], copy.PutBlob);
        if (!keepsHistory)
            marks[MvccMark.CompactedRevision] = marks[MvccMark.SweptRevision] = revision;
        long keys = copy.Keys;
        CheckReport check = copy.Complete(marks);
        if (!check.IsClean)
            throw new StorageCorruptException(TemporaryName, 0, $"the new file is damaged: {check.Defects[0]}");
        var position = new StorePosition(marks[MvccMark.AppliedTerm], marks[MvccMark.AppliedIndex]);
        return new StoreSalvageReport(position, revision, keys, keepsHistory, losses);
    }

    private sealed class EntryCounter(MetaPage meta, Action<StoreProgress>? progress)
    {
        private const int EntriesPerReport = 10_000;

        private long _done;

        public void Restart() => _done = 0;

        public void Add()
        {
            if (++_done % EntriesPerReport == 0)
                progress?.Invoke(new StoreProgress(_done, meta.Trees[MvccTree.Keys].Count + meta.Trees[MvccTree.History].Count));
        }
    }

    // A watch from the compacted revision finds its deletions, like after every compaction.
    private static bool IsDeletionAt(long revision, ReadOnlySpan<byte> value, byte[]? run)
    {
        VersionRecord record = VersionRecord.Parse(value, run is not null);
        return record.IsDeletion && record.ModRevision == revision;
    }

    private static MetaPage Choose(IStorageFile file, List<StoreSalvageLoss> unusable)
    {
        List<MetaPage> metas = ReadMetas(file, unusable);
        if (metas.Count == 0)
            throw new StorageCorruptException(file.Name, 0, "neither of the two metas is valid");
        var newer = new List<StoreSalvageLoss>();
        foreach (MetaPage meta in metas.OrderByDescending(meta => meta.Sequence))
        {
            var pages = new PageFile(file, meta.PageSizeBytes);
            PagePointer root = meta.Trees[MvccTree.Keys].Root;
            if (new StoreSalvageWalk(pages, []).CanRead(root, out string reason))
            {
                unusable.AddRange(newer);
                return meta;
            }
            newer.Add(Checkpoint(file, pages.OffsetOf(root.Page), root.Page, reason));
        }
        return metas.MaxBy(meta => meta.Sequence)!;
    }

    private static List<MetaPage> ReadMetas(IStorageFile file, List<StoreSalvageLoss> unusable)
    {
        var metas = new List<MetaPage>();
        bool isUnwritten = false;
        for (int slot = 0; slot < 2; slot++)
        {
            var bytes = new byte[MetaPage.Bytes];
            long offset = (long)slot * MetaPage.SlotBytes;
            string? reason = TryRead(file, offset, bytes);
            isUnwritten |= reason is null && !bytes.AsSpan().ContainsAnyExcept((byte)0);
            if (MetaPage.TryRead(bytes, file.Name, offset) is { } meta && meta.Sequence % 2 == slot)
                metas.Add(meta);
            else
                unusable.Add(Checkpoint(file, offset, 0, reason ?? "the meta is not valid"));
        }
        // A new file has written only the one place of its first checkpoint.
        if (isUnwritten && metas is [{ Sequence: 1 }])
            unusable.Clear();
        return metas;
    }

    private static string? TryRead(IStorageFile file, long offset, Span<byte> destination)
    {
        try
        {
            file.ReadExactly(offset, destination);
            return null;
        }
        catch (StorageException exception) when (exception is StorageCorruptException or StorageIoException)
        {
            return exception.Message;
        }
    }

    private static StoreSalvageLoss Checkpoint(IStorageFile file, long offset, uint page, string reason)
        => new(StoreSalvagePart.Checkpoint, file.Name, offset, page, default, default, 0, reason);
}
