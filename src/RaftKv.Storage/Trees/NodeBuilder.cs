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
    }

    /// <summary>Bytes the entries would take as one page; more than a page means they do not fit.</summary>
    public static int Measure(ReadOnlySpan<NodeEntry> entries, bool leaf)
    {
        int prefix = SharedPrefix(entries, leaf);
        int cellHeader = leaf ? NodePage.LeafCellBytes : 0;
        int bytes = NodePage.HeaderBytes + prefix;
        for (int i = 0; i < entries.Length; i++)
            bytes += NodePage.SlotBytes + cellHeader + RestLength(entries[i], i, prefix, leaf) + entries[i].PayloadLength;
        return bytes;
    }

    /// <summary>Writes the entries into <paramref name="page"/>, which may be the page they come from.</summary>
    public void Build(NodePage page, ReadOnlySpan<NodeEntry> entries, uint number, int level, long transaction)
    {
        Prepare(0, entries, number, level, transaction);
        Place(0, page);
    }

    /// <summary>Writes the entries into a scratch page: for when several pages are made of entries that lie in each other.</summary>
    public void Prepare(int scratchPage, ReadOnlySpan<NodeEntry> entries, uint number, int level, long transaction)
    {
        bool leaf = level == 0;
        int prefix = SharedPrefix(entries, leaf);
        byte* at = _scratch + scratchPage * _pageSizeBytes;
        var built = new NodePage(at);
        built.Clear(number, leaf ? PageKind.Leaf : PageKind.Branch, level, transaction, _pageSizeBytes);
        if (prefix > 0)
        {
            Span<byte> key = stackalloc byte[entries[^1].KeyLength];
            entries[^1].CopyKey(key);
            int offset = _pageSizeBytes - prefix;
            key[..prefix].CopyTo(new Span<byte>(at + offset, prefix));
            built.PrefixOffset = offset;
            built.PrefixLength = prefix;
            built.CellsStart = offset;
        }
        for (int i = 0; i < entries.Length; i++)
            Append(built, entries[i], i, prefix, leaf);
    }

    /// <summary>Copies a prepared page to its place.</summary>
    public void Place(int scratchPage, NodePage page)
        => Buffer.MemoryCopy(_scratch + scratchPage * _pageSizeBytes, page.At, _pageSizeBytes, _pageSizeBytes);

    private static void Append(NodePage page, in NodeEntry entry, int index, int prefix, bool leaf)
    {
        int restLength = RestLength(entry, index, prefix, leaf);
        int cellLength = page.CellHeaderBytes + restLength + (leaf ? entry.PayloadLength : 0);
        int offset = page.CellsStart - cellLength;
        Invariant.Check(page.Gap >= cellLength + NodePage.SlotBytes);
        byte* cell = page.At + offset;
        byte* rest = cell + page.CellHeaderBytes;
        if (restLength > 0)
            entry.CopyRest(prefix, rest);
        if (leaf)
        {
            *(ushort*)cell = (ushort)entry.Info;
            entry.Payload.CopyTo(new Span<byte>(rest + restLength, entry.PayloadLength));
        }
        else
        {
            entry.Payload.CopyTo(new Span<byte>(cell, NodePage.BranchCellBytes));
        }
        page.CellsStart = offset;
        page.Count = index + 1;
        page.SetSlot(index, new ReadOnlySpan<byte>(rest, restLength), offset);
    }

    private static int RestLength(in NodeEntry entry, int index, int prefix, bool leaf)
        => !leaf && index == 0 ? 0 : entry.KeyLength - prefix;

    private static int SharedPrefix(ReadOnlySpan<NodeEntry> entries, bool leaf)
    {
        int first = leaf ? 0 : 1;
        if (entries.Length - first < 1)
            return 0;
        return NodeEntry.Shared(entries[first], entries[^1]);
    }

    public void Dispose() => NativeMemory.Free(_scratch);
}
