namespace RaftKv.Storage.Pages;

/// <summary>
/// Checksums of pages that were written after the pointers to them were: kept with what is known of the page until every pointer carries them.
/// </summary>
internal sealed unsafe class PageSeals(Lock cacheLock, PageTable table, FrameSupply frames, DirtyPages dirty, int pageSizeBytes)
{
    private const byte WrittenNow = 1;
    private const byte WrittenBefore = 2;

    /// <summary>The checksum a pointer speaks of, also when its child was written after the pointer was. Within an access.</summary>
    public uint ChecksumOf(PagePointer pointer)
    {
        if (pointer.Checksum != 0)
            return pointer.Checksum;
        PageEntry* entry = table.Find(pointer.Page);
        return entry != null && Volatile.Read(ref entry->Written) != 0 ? entry->Checksum : 0;
    }

    /// <summary>Whether a checkpoint has to write the page. Within an access.</summary>
    public bool NeedsWriting(uint page)
    {
        PageEntry* entry = table.Find(page);
        return entry != null && (Volatile.Read(ref entry->Dirty) != 0 || Volatile.Read(ref entry->Unsealed) != 0);
    }

    /// <summary>Records that the page's present bytes are in the file, but for the checksums of children that have yet to be written.</summary>
    public void MarkSpilled(uint page, uint checksum)
        => Mark(page, checksum, isSealed: new NodePage((byte*)table.Find(page)->Frame).IsLeaf);

    /// <summary>Records that the page's present bytes are in the file.</summary>
    public void MarkWritten(uint page, uint checksum) => Mark(page, checksum, isSealed: true);

    private void Mark(uint page, uint checksum, bool isSealed)
    {
        lock (cacheLock)
        {
            PageEntry* entry = table.Find(page);
            entry->Checksum = checksum;
            entry->Unsealed = (byte)(isSealed ? 0 : 1);
            Volatile.Write(ref entry->Written, WrittenNow);
            if (entry->Dirty == 0)
                return;
            entry->Dirty = 0;
            dirty.Remove();
        }
    }

    /// <summary>
    /// Puts a page with its children's checksums in the place of the one without, for whoever looks for it from now on. So once a checkpoint
    /// is over no page that it reaches needs the checksums kept here.
    /// </summary>
    /// <param name="page">The page, which is dirty.</param>
    /// <param name="with">Its bytes with the checksums.</param>
    /// <param name="reader">Whose access this is.</param>
    public void Reseal(uint page, NodePage with, ReaderSlot reader)
    {
        long frame = frames.Take(reader);
        Buffer.MemoryCopy(with.At, (void*)frame, pageSizeBytes, pageSizeBytes);
        lock (cacheLock)
        {
            PageEntry* entry = table.Find(page);
            frames.Retire(entry->Frame);
            Volatile.Write(ref entry->Frame, frame);
        }
    }

    /// <summary>
    /// Puts into a page that nobody else sees yet the checksums of children that were written before the last checkpoint ended, while the
    /// next one is written; see <see cref="Age"/>.
    /// </summary>
    public void Seal(NodePage page)
    {
        if (page.IsLeaf)
            return;
        lock (cacheLock)
        {
            for (int i = 0; i < page.Count; i++)
            {
                PagePointer child = page.Child(i);
                PageEntry* entry = child.Checksum == 0 ? table.Find(child.Page) : null;
                if (entry != null && entry->Written == WrittenBefore && (entry->Unsealed | entry->Dirty) == 0)
                    page.SetChild(i, child with { Checksum = entry->Checksum });
            }
        }
    }

    /// <summary>Does the same for pages that a transaction made, as far as they are in memory. Writer only, within an access.</summary>
    public void Seal(List<uint> made)
    {
        foreach (uint page in made)
        {
            PageEntry* entry = table.Find(page);
            if (entry != null && entry->Frame != 0)
                Seal(new NodePage((byte*)entry->Frame));
        }
    }

    /// <summary>
    /// Forgets checksums that nothing depends on any more, some leaves of entries at a time. Between two transactions, after a checkpoint.
    /// </summary>
    /// <param name="leaf">Where to begin; receives where to go on.</param>
    /// <param name="leaves">How many leaves to look at.</param>
    /// <param name="forgets">Whether no view is open that is older than the checkpoint.</param>
    /// <param name="roots">Roots of the checkpoint, whose pointers are in no page and stay as they are.</param>
    /// <returns>Whether there are more.</returns>
    /// <remarks>
    /// <para>
    /// A checksum of a page may be forgotten when no pointer to it says 0. Say that it was written before checkpoint n ended. Whatever is
    /// committed before checkpoint n + 1 begins is in that, which puts the checksum into every page that it reaches (<see cref="Reseal"/>), or
    /// was replaced before and is reached by older views alone. Whatever is committed while checkpoint n + 1 is written may be a copy of what
    /// has no checksum yet; it finds the page so marked and takes the checksum itself (<see cref="Seal(NodePage)"/>).
    /// </para>
    /// <para>A page that was spilled without its children's checksums will be written once more and has to wait for that.</para>
    /// </remarks>
    public bool Age(ref uint leaf, uint leaves, bool forgets, ReadOnlySpan<uint> roots)
    {
        lock (cacheLock)
        {
            uint end = Math.Min(table.LeafEnd, leaf + leaves);
            for (; leaf < end; leaf++)
            {
                PageEntry* entries = table.Leaf(leaf);
                for (uint i = 0; entries != null && i < PageTable.LeafPages; i++)
                {
                    PageEntry* entry = entries + i;
                    if (entry->Written == WrittenNow)
                        entry->Written = WrittenBefore;
                    else if (entry->Written != 0 && forgets && (entry->Unsealed | entry->Dirty) == 0
                        && !roots.Contains(leaf * PageTable.LeafPages + i))
                        entry->Written = 0;
                }
            }
            return leaf < table.LeafEnd;
        }
    }
}
