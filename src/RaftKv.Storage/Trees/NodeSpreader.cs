using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>Puts entries into pages of a path: where one is full, it spreads over its neighbours, or over more pages.</summary>
/// <remarks>
/// An entry that goes to the very end of its leaf starts a new one, so that ascending loads leave full pages. Any other full leaf shares
/// with up to two neighbours before their number grows (B*, Knuth 6.2.4). Branches split at the middle.
/// </remarks>
internal sealed unsafe class NodeSpreader(int pageSizeBytes, NodeBuilder builder, TreePath path)
{
    /// <summary>The most pages that are made of one another at once.</summary>
    public const int PagesMax = 3;

    // Who has a fifth left takes part in sharing. With an eighth they would be full again soon: a third more pages written for entries put at
    // random, and a file only a fiftieth shorter.
    private const int RoomDivisor = 5;

    private readonly NodeEntry[] _entries = builder.Entries;
    private readonly NodeEntry[] _separators = new NodeEntry[PagesMax - 1];

    /// <summary>Opens slots for entries that follow each other; there are several only where branches get new separators.</summary>
    public void Insert(int depth, int index, ReadOnlySpan<NodeEntry> added)
    {
        NodePage page = path.Page(depth);
        bool shares = page.PrefixLength == 0 || (SharesPrefix(page, added[0]) && SharesPrefix(page, added[^1]));
        if (shares && TryInsert(page, index, added))
            return;
        int count = builder.Gather(page, 0);
        new Span<NodeEntry>(_entries, index, count - index).CopyTo(_entries.AsSpan(index + added.Length));
        added.CopyTo(_entries.AsSpan(index));
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, count + added.Length);
        if (NodeBuilder.Measure(entries, page.IsLeaf) <= pageSizeBytes)
            builder.Build(page, entries, page.Number, page.Level, path.Transaction.Number);
        else if (index == count || !page.IsLeaf || depth == 0 || !TryShare(depth, entries.Length))
            Split(depth, entries, index, added.Length, shares);
    }

    private static bool TryInsert(NodePage page, int index, ReadOnlySpan<NodeEntry> added)
    {
        int bytes = 0;
        foreach (ref readonly NodeEntry entry in added)
            bytes += CellLength(page, entry) + NodePage.SlotBytes;
        if (page.Gap < bytes)
            return false;
        for (int i = 0; i < added.Length; i++)
            Insert(page, index + i, added[i]);
        return true;
    }

    private static int CellLength(NodePage page, in NodeEntry entry)
        => page.CellHeaderBytes + entry.StoredLength(page.PrefixLength) + (page.IsLeaf ? entry.PayloadLength : 0);

    private static void Insert(NodePage page, int index, in NodeEntry entry)
    {
        int prefix = page.PrefixLength;
        int cellLength = CellLength(page, entry);
        byte* rest = page.At + page.CellsStart - cellLength + page.CellHeaderBytes;
        // The cell lies in the gap and moving the slots up does not reach it, so it may be filled first.
        entry.CopyStored(prefix, rest);
        byte* cell = page.Insert(index, new ReadOnlySpan<byte>(rest, entry.InlineLength - prefix), entry.IsLong, cellLength);
        if (page.IsLeaf)
            *(ushort*)cell = (ushort)entry.Info;
        byte* payload = page.IsLeaf ? rest + entry.StoredLength(prefix) : cell;
        entry.Payload.CopyTo(new Span<byte>(payload, entry.PayloadLength));
    }

    private static bool SharesPrefix(NodePage page, in NodeEntry entry)
    {
        ReadOnlySpan<byte> prefix = page.Prefix;
        if (entry.InlineLength < prefix.Length + (entry.IsLong ? NodePage.LongRestBytesMin : 0))
            return false;
        for (int i = 0; i < prefix.Length; i++)
        {
            if (entry.KeyByte(i) != prefix[i])
                return false;
        }
        return true;
    }

    // A full leaf, whose entries have been gathered, shares with a neighbour that has room, else with the one behind it too, else two
    // full ones become three.
    private bool TryShare(int depth, int count)
    {
        NodePage parent = path.Page(depth - 1);
        int index = path.Index(depth - 1);
        int last = parent.Count - 1;
        if (index > 0 && HasRoom(parent, index - 1))
            return TryShare(depth, count, index - 1, 2, 2);
        if (index < last && HasRoom(parent, index + 1))
            return TryShare(depth, count, index, 2, 2);
        if (index > 1 && HasRoom(parent, index - 2))
            return TryShare(depth, count, index - 2, 3, 3);
        if (index + 1 < last && HasRoom(parent, index + 2))
            return TryShare(depth, count, index, 3, 3);
        return last > 0 && TryShare(depth, count, Math.Max(index - 1, 0), 2, 3);
    }

    private bool HasRoom(NodePage parent, int index)
        => path.Transaction.Reader.Get(parent.Child(index)).UsedBytes(pageSizeBytes) <= pageSizeBytes - pageSizeBytes / RoomDivisor;

    private bool TryShare(int depth, int count, int first, int leaves, int pieces)
    {
        NodePage parent = path.Page(depth - 1);
        int index = path.Index(depth - 1);
        PageReader reader = path.Transaction.Reader;
        int at = 0;
        for (int i = first; i < index; i++)
            at += reader.Get(parent.Child(i)).Count;
        _entries.AsSpan(0, count).CopyTo(_entries.AsSpan(at));
        int total = 0;
        for (int i = first; i < first + leaves; i++)
            total = i == index ? total + count : builder.Gather(reader.Get(parent.Child(i)), total);
        var entries = new ReadOnlySpan<NodeEntry>(_entries, 0, total);
        Span<int> cuts = stackalloc int[pieces + 1];
        Cut(entries, 0, cuts);
        if (FitsEach(entries, cuts))
        {
            Spread(depth, first, leaves, entries, cuts);
            return true;
        }
        _entries.AsSpan(at, count).CopyTo(_entries);
        return false;
    }

    // Where the pieces begin so that they are about equal in bytes.
    private static void Cut(ReadOnlySpan<NodeEntry> entries, int prefixLength, Span<int> cuts)
    {
        int total = 0;
        foreach (ref readonly NodeEntry entry in entries)
            total += Weight(entry, prefixLength);
        int pieces = cuts.Length - 1;
        int at = 0;
        int before = 0;
        cuts[0] = 0;
        cuts[pieces] = entries.Length;
        for (int piece = 1; piece < pieces; piece++)
        {
            int least = cuts[piece - 1] + 1;
            int most = entries.Length - (pieces - piece);
            for (int weight; at < most; at++, before += weight)
            {
                weight = Weight(entries[at], prefixLength);
                if (at >= least && before + weight / 2 > total * piece / pieces)
                    break;
            }
            cuts[piece] = at;
        }
    }

    private static int Weight(in NodeEntry entry, int prefixLength)
        => NodePage.SlotBytes + Math.Max(0, entry.StoredLength(prefixLength)) + entry.PayloadLength;

    private bool FitsEach(ReadOnlySpan<NodeEntry> entries, ReadOnlySpan<int> cuts)
    {
        for (int piece = 0; piece + 1 < cuts.Length; piece++)
        {
            if (NodeBuilder.Measure(entries[cuts[piece]..cuts[piece + 1]], true) > pageSizeBytes)
                return false;
        }
        return true;
    }

    private void Split(int depth, ReadOnlySpan<NodeEntry> entries, int index, int added, bool shares)
    {
        NodePage page = path.Page(depth);
        Span<int> cuts = stackalloc int[PagesMax + 1];
        int pieces = 0;
        if (!shares)
        {
            // What breaks the prefix stands alone: the others fit as before. In a branch a page's first key moves up.
            for (int i = 0; i < added; i++)
                AddCut(cuts, ref pieces, index + i);
            if (page.IsLeaf)
                AddCut(cuts, ref pieces, index + 1 < entries.Length ? index + 1 : 0);
        }
        else if (index + added == entries.Length)
        {
            AddCut(cuts, ref pieces, index);
        }
        else
        {
            Cut(entries, page.PrefixLength, cuts[..3]);
            pieces = 1;
        }
        cuts[++pieces] = entries.Length;
        if (depth == 0)
            path.GrowRoot();
        depth = Math.Max(depth, 1);
        Spread(depth, path.Index(depth - 1), 1, entries, cuts[..(pieces + 1)]);
    }

    private static void AddCut(Span<int> cuts, ref int pieces, int at)
    {
        if (at > 0)
            cuts[++pieces] = at;
    }

    // Builds the pages from a slot of the parent on anew, and as many more as there are pieces.
    private void Spread(int depth, int first, int pages, ReadOnlySpan<NodeEntry> entries, ReadOnlySpan<int> cuts)
    {
        TreeTransaction transaction = path.Transaction;
        NodePage parent = path.Page(depth - 1);
        int level = parent.Level - 1;
        int pieces = cuts.Length - 1;
        int keyRoom = TreeLimits.CellBytesMax(pageSizeBytes) + RunReference.Bytes;
        byte* keys = stackalloc byte[PagesMax * keyRoom];
        byte* payloads = stackalloc byte[PagesMax * NodePage.BranchCellBytes];
        Span<bool> isPrepared = stackalloc bool[PagesMax];
        for (int piece = 0; piece < pieces; piece++)
        {
            ReadOnlySpan<NodeEntry> part = entries[cuts[piece]..cuts[piece + 1]];
            PagePointer old = piece < pages ? parent.Child(first + piece) : PagePointer.None;
            PagePointer pointer;
            if (old.IsNone)
                transaction.NewPage(out pointer);
            else
                pointer = transaction.Replace(old);
            if (level > 0)
                transaction.Unsealed.Add(pointer.Page);
            isPrepared[piece] = pointer.Page == old.Page;
            NodePage built = isPrepared[piece]
                ? builder.Prepare(piece, part, pointer.Page, level, transaction.Number)
                : builder.Write(transaction.Reader.Get(pointer), part, pointer.Page, level, transaction.Number);
            byte* payload = payloads + piece * NodePage.BranchCellBytes;
            NodeBuilder.WriteChild(payload, pointer, built.Summarize());
            if (piece > 0)
                _separators[piece - 1] = Separator(entries[cuts[piece] - 1], part[0], level, keys + piece * keyRoom, payload);
        }
        // Only now: the entries lay in these pages.
        for (int piece = 0; piece < pieces; piece++)
        {
            if (isPrepared[piece])
                builder.Place(piece, transaction.Reader.Get(*(PagePointer*)(payloads + piece * NodePage.BranchCellBytes)));
        }
        parent.SetChild(first, *(PagePointer*)payloads);
        parent.SetSummary(first, *(long*)(payloads + sizeof(PagePointer)));
        for (int i = 1; i < pages; i++)
        {
            transaction.FreeKeyRun(parent, first + 1);
            parent.Remove(first + 1);
        }
        ReadOnlySpan<NodeEntry> separators = _separators.AsSpan(0, pieces - 1);
        foreach (ref readonly NodeEntry separator in separators)
        {
            if (separator.IsLong)
                path.NoteRun(depth - 1);
        }
        Insert(depth - 1, first + 1, separators);
    }

    // The shortest key that tells two leaves apart; between branches, the right one's first key, which it does not keep.
    private NodeEntry Separator(in NodeEntry left, in NodeEntry right, int level, byte* key, byte* payload)
    {
        if (level > 0)
        {
            right.CopyStored(0, key);
            return NodeEntry.FromBytes(key, right.InlineLength, right.IsLong ? key + right.InlineLength : null, payload,
                NodePage.BranchCellBytes, 0);
        }
        int shared = NodeEntry.Shared(left, right);
        bool isDecided = shared < right.InlineLength && (shared < left.InlineLength || !left.IsLong);
        if (!isDecided || shared >= TreeLimits.InlineKeyBytesMax(pageSizeBytes))
            return LongSeparator(left.CopyWholeKey(path.File), right.CopyWholeKey(path.File), key, payload);
        right.CopyKey(key, shared + 1);
        return NodeEntry.FromBytes(key, shared + 1, null, payload, NodePage.BranchCellBytes, 0);
    }

    private NodeEntry LongSeparator(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, byte* key, byte* payload)
    {
        int length = left.CommonPrefixLength(right) + 1;
        bool isLong = length > TreeLimits.InlineKeyBytesMax(pageSizeBytes);
        int inline = isLong ? TreeLimits.LongInlineBytes(pageSizeBytes) : length;
        right[..inline].CopyTo(new Span<byte>(key, inline));
        if (isLong)
            path.Transaction.WriteRun(right[inline..length]).Write(new Span<byte>(key + inline, RunReference.Bytes));
        return NodeEntry.FromBytes(key, inline, isLong ? key + inline : null, payload, NodePage.BranchCellBytes, 0);
    }
}
