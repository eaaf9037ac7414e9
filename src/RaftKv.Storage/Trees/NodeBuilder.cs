using System.Runtime.InteropServices;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Packs sorted entries into a page with the longest prefix they share. Owns scratch pages; one per writer.</summary>
internal sealed unsafe class NodeBuilder : IDisposable
{
    private readonly int _pageSizeBytes;
    private readonly byte* _scratch;

    public NodeBuilder(int pageSizeBytes, int scratchPages)
    {
        _pageSizeBytes = pageSizeBytes;
        _scratch = (byte*)NativeMemory.Alloc((nuint)(pageSizeBytes * scratchPages));
        Entries = new NodeEntry[scratchPages * pageSizeBytes / NodePage.SlotBytes + scratchPages];
    }

    /// <summary>Room for the entries of as many pages as there are scratch pages, and a few.</summary>
    public NodeEntry[] Entries { get; }

    /// <summary>Lists a page's entries in <see cref="Entries"/> and returns where they end. They are good until the page changes.</summary>
    public int Gather(NodePage page, int start)
    {
        int count = page.Count;
        for (int i = 0; i < count; i++)
            Entries[start + i] = NodeEntry.FromPage(page, i);
        return start + count;
    }

    /// <summary>Writes the payload of a branch's entry.</summary>
    public static void WriteChild(byte* payload, PagePointer pointer, long summary)
    {
        ((uint*)payload)[0] = pointer.Page;
        ((uint*)payload)[1] = pointer.Checksum;
        ((long*)payload)[1] = summary;
    }

    /// <summary>Bytes the entries would take as one page; more than a page means they do not fit.</summary>
    public static int Measure(ReadOnlySpan<NodeEntry> entries, bool leaf)
    {
        int prefix = SharedPrefix(entries, leaf);
        int cellHeader = leaf ? NodePage.LeafCellBytes : 0;
        int bytes = NodePage.HeaderBytes + prefix;
        for (int i = 0; i < entries.Length; i++)
            bytes += NodePage.SlotBytes + cellHeader + StoredLength(entries[i], i, prefix, leaf) + entries[i].PayloadLength;
        return bytes;
    }

    /// <summary>Writes the entries into <paramref name="page"/>, which may be the page they come from.</summary>
    public void Build(NodePage page, ReadOnlySpan<NodeEntry> entries, uint number, int level, long transaction)
    {
        Prepare(0, entries, number, level, transaction);
        Place(0, page);
    }

    /// <summary>Writes the entries into a scratch page: for when several pages are made of entries that lie in each other.</summary>
    public NodePage Prepare(int scratchPage, ReadOnlySpan<NodeEntry> entries, uint number, int level, long transaction)
        => Write(new NodePage(_scratch + scratchPage * _pageSizeBytes), entries, number, level, transaction);

    /// <summary>Writes the entries into a page that none of them lies in.</summary>
    public NodePage Write(NodePage page, ReadOnlySpan<NodeEntry> entries, uint number, int level, long transaction)
    {
        bool leaf = level == 0;
        int prefix = SharedPrefix(entries, leaf);
        page.Begin(number, leaf ? PageKind.Leaf : PageKind.Branch, level, transaction, _pageSizeBytes);
        if (prefix > 0)
        {
            int offset = _pageSizeBytes - prefix;
            entries[^1].CopyKey(page.At + offset, prefix);
            page.PrefixOffset = offset;
            page.PrefixLength = prefix;
            page.CellsStart = offset;
        }
        for (int i = 0; i < entries.Length; i++)
            Append(page, entries[i], i, prefix, leaf);
        page.ClearGap();
        return page;
    }

    /// <summary>Copies a prepared page to its place.</summary>
    public void Place(int scratchPage, NodePage page)
        => Buffer.MemoryCopy(_scratch + scratchPage * _pageSizeBytes, page.At, _pageSizeBytes, _pageSizeBytes);

    private static void Append(NodePage page, in NodeEntry entry, int index, int prefix, bool leaf)
    {
        int stored = StoredLength(entry, index, prefix, leaf);
        int cellLength = page.CellHeaderBytes + stored + (leaf ? entry.PayloadLength : 0);
        int offset = page.CellsStart - cellLength;
        Invariant.Check(page.Gap >= cellLength + NodePage.SlotBytes);
        byte* cell = page.At + offset;
        byte* rest = cell + page.CellHeaderBytes;
        if (stored > 0)
            entry.CopyStored(prefix, rest);
        if (leaf)
        {
            *(ushort*)cell = (ushort)entry.Info;
            entry.Payload.CopyTo(new Span<byte>(rest + stored, entry.PayloadLength));
        }
        else
        {
            entry.Payload.CopyTo(new Span<byte>(cell, NodePage.BranchCellBytes));
        }
        page.CellsStart = offset;
        page.Count = index + 1;
        bool isLong = entry.IsLong && stored > 0;
        page.SetSlot(index, new ReadOnlySpan<byte>(rest, isLong ? stored - RunReference.Bytes : stored), isLong, offset);
    }

    private static int StoredLength(in NodeEntry entry, int index, int prefix, bool leaf)
        => !leaf && index == 0 ? 0 : entry.StoredLength(prefix);

    private static int SharedPrefix(ReadOnlySpan<NodeEntry> entries, bool leaf)
    {
        int first = leaf ? 0 : 1;
        if (entries.Length - first < 1)
            return 0;
        int shared = NodeEntry.Shared(entries[first], entries[^1]);
        if (shared <= TreeLimits.LongInlineBytesMin - NodePage.LongRestBytesMin)
            return shared;
        foreach (ref readonly NodeEntry entry in entries[first..])
        {
            if (entry.IsLong)
                shared = Math.Min(shared, entry.InlineLength - NodePage.LongRestBytesMin);
        }
        return shared;
    }

    public void Dispose() => NativeMemory.Free(_scratch);
}
