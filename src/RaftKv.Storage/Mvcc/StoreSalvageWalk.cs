using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Mvcc;

/// <summary>Walks what is readable of a damaged file's trees. What is not is listed, with all that the pages above say of it.</summary>
internal sealed unsafe class StoreSalvageWalk(PageFile file, List<StoreSalvageLoss> losses)
{
    /// <summary>Receives an entry; the run is the value it refers to, null when the cell has all of it.</summary>
    public delegate void EntryAction(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, byte[]? run);

    /// <summary>Whether a root can be read; a tree without pages can.</summary>
    public bool CanRead(PagePointer root, out string reason)
    {
        reason = "";
        return root.IsNone || TryLoad(root, -1, out reason) is not null;
    }

    public void Walk(StoreSalvagePart part, TreeRoot tree, EntryAction entry)
    {
        if (!tree.Root.IsNone)
            Visit(part, tree.Root, -1, tree.Count, [], [], entry);
    }

    // Bounds are the separators around the page; an empty one is not known.
    private void Visit(StoreSalvagePart part, PagePointer pointer, int level, long entries, byte[] low, byte[] high, EntryAction entry)
    {
        if (TryLoad(pointer, level, out string defect) is not byte[] bytes)
        {
            Lose(part, pointer.Page, entries, low, high, defect);
            return;
        }
        fixed (byte* at = bytes)
        {
            var page = new NodePage(at);
            for (int i = 0; i < page.Count; i++)
            {
                string reason = "";
                byte[]? key = i == 0 && !page.IsLeaf ? low : TryKey(page, i, out reason);
                byte[] end = i + 1 < page.Count ? TryKey(page, i + 1, out _) ?? high : high;
                if (!page.IsLeaf)
                    Visit(part, page.Child(i), page.Level - 1, page.ChildCount(i), key ?? low, end, entry);
                else if (key is not null)
                    VisitEntry(part, page, i, key, entry);
                else
                    Lose(part, page.KeyRun(i).Page, 1, low, end, reason);
                low = key is null ? low : page.IsLeaf ? [.. key, 0] : key;
            }
        }
    }

    private void VisitEntry(StoreSalvagePart part, NodePage page, int index, byte[] key, EntryAction entry)
    {
        ReadOnlySpan<byte> value = page.Value(index);
        if ((page.ValueInfo(index) & NodePage.RunFlag) == 0)
            entry(key, value, null);
        else if (TryReadRun(RunReference.FromEnd(value), out string reason) is byte[] run)
            entry(key, value, run);
        else
            Lose(part, RunReference.FromEnd(value).Page, 1, key, [.. key, 0], reason);
    }

    private byte[]? TryLoad(PagePointer pointer, int level, out string reason)
    {
        var bytes = new byte[file.PageSizeBytes];
        try
        {
            file.Read(pointer.Page, pointer.Checksum, bytes);
        }
        catch (StorageException exception) when (exception is StorageCorruptException or StorageIoException)
        {
            reason = exception.Message;
            return null;
        }
        fixed (byte* at = bytes)
        {
            var page = new NodePage(at);
            reason = page.Validate(pointer.Page, bytes.Length) ?? "";
            if (reason.Length == 0 && level >= 0 && page.Level != level)
                reason = $"page {pointer.Page} stands at level {page.Level} where {level} belongs";
        }
        return reason.Length == 0 ? bytes : null;
    }

    private byte[]? TryReadRun(RunReference run, out string reason)
    {
        reason = "";
        if (run.Length < 0 || run.Length > file.File.Length - file.OffsetOf(run.Page))
        {
            reason = $"the file ends before the {run.Length} bytes of the value at page {run.Page}";
            return null;
        }
        var value = new byte[run.Length];
        try
        {
            file.Read(run.Page, run.Checksum, value);
            return value;
        }
        catch (StorageException exception) when (exception is StorageCorruptException or StorageIoException)
        {
            reason = exception.Message;
            return null;
        }
    }

    private void Lose(StoreSalvagePart part, uint page, long entries, byte[] low, byte[] high, string reason)
    {
        if (part == StoreSalvagePart.History)
        {
            // Zeros at the end may be padding; and of a key named in full, earlier versions lie before the bound.
            low = UserKey(low, out _).AsSpan().TrimEnd((byte)0).ToArray();
            high = UserKey(high, out bool whole);
            high = whole ? [.. high, 0] : high;
        }
        losses.Add(new StoreSalvageLoss(part, file.Name, file.OffsetOf(page), page, low, high, entries, reason));
    }

    // The user's key in the beginning of a history key: separators end anywhere. Whole: what follows it was there too.
    private static byte[] UserKey(ReadOnlySpan<byte> historyKey, out bool whole)
    {
        const int group = 8;
        var key = new List<byte>();
        whole = false;
        while (!whole && historyKey.Length > group)
        {
            byte mark = historyKey[group];
            whole = mark <= group;
            key.AddRange(historyKey[..Math.Min((int)mark, group)]);
            historyKey = historyKey[(group + 1)..];
        }
        if (!whole)
            key.AddRange(historyKey);
        return key.ToArray();
    }

    // Null when the rest of a long key cannot be read.
    private byte[]? TryKey(NodePage page, int index, out string reason)
    {
        reason = "";
        if (!page.IsLong(index))
            return page.Key(index, file);
        if (TryReadRun(page.KeyRun(index), out reason) is not byte[] run)
            return null;
        var key = new byte[page.KeyLength(index)];
        page.Prefix.CopyTo(key);
        page.Rest(index).CopyTo(key.AsSpan(page.PrefixLength));
        run.CopyTo(key.AsSpan(key.Length - run.Length));
        return key;
    }
}
