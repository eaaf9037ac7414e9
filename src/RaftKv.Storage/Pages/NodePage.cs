using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RaftKv.Storage.Pages;

/// <summary>
/// A leaf or branch as bytes: header, sorted slots growing up, cells growing down from the end. The prefix all keys share is stored once;
/// a slot carries the next four bytes of its key, so that a search seldom leaves the slots.
/// </summary>
/// <remarks>
/// Header (32 bytes, little endian): 0 number u32; 4 kind u8; 5 level u8; 6 slot count u16; 8 lowest cell byte u16; 10 lost cell bytes u16;
/// 12 prefix length u16; 14 prefix offset u16; 16 transaction i64; 24 zero. Slot (8 bytes): 0 next four key bytes after the prefix as a
/// big-endian number, zero padded, u32; 4 cell offset u16; 6 length of the key after the prefix u16 (top bit: only the beginning of the
/// key, a reference to the run with the rest follows it). Leaf cell: value length u16 (top bit: the value is a reference to a run), key
/// rest, value. Branch cell: child page u32, child checksum u32, entries below the child i64 (top bit: no run is referred to there), key
/// rest. The first slot of a branch has no key: it stands for everything below the second. The number of entries in a child makes counting
/// a range one descent, and dropping one without runs needs no look into its leaves.
/// </remarks>
internal readonly unsafe struct NodePage(byte* at)
{
    public const int HeaderBytes = 32;
    public const int SlotBytes = 8;
    public const int LeafCellBytes = 2;
    public const int BranchCellBytes = 16;
    public const int RunFlag = 0x8000;
    public const int LongFlag = 0x8000;

    /// <summary>Least bytes of a long key that are behind the prefix, so that the slot's number tells it from others.</summary>
    public const int LongRestBytesMin = 4;

    private const long RunFreeFlag = long.MinValue;

    public byte* At => at;

    public uint Number { get => *(uint*)at; set => *(uint*)at = value; }

    public PageKind Kind { get => (PageKind)at[4]; set => at[4] = (byte)value; }

    public int Level { get => at[5]; set => at[5] = (byte)value; }

    public int Count { get => *(ushort*)(at + 6); set => *(ushort*)(at + 6) = (ushort)value; }

    public int CellsStart { get => *(ushort*)(at + 8); set => *(ushort*)(at + 8) = (ushort)value; }

    public int LostBytes { get => *(ushort*)(at + 10); set => *(ushort*)(at + 10) = (ushort)value; }

    public int PrefixLength { get => *(ushort*)(at + 12); set => *(ushort*)(at + 12) = (ushort)value; }

    public int PrefixOffset { get => *(ushort*)(at + 14); set => *(ushort*)(at + 14) = (ushort)value; }

    public long Transaction { get => *(long*)(at + 16); set => *(long*)(at + 16) = value; }

    public bool IsLeaf => Kind == PageKind.Leaf;

    public int CellHeaderBytes => IsLeaf ? LeafCellBytes : BranchCellBytes;

    public ReadOnlySpan<byte> Prefix => new(at + PrefixOffset, PrefixLength);

    /// <summary>Bytes between the slots and the cells.</summary>
    public int Gap => CellsStart - HeaderBytes - Count * SlotBytes;

    private byte* Slot(int index) => at + HeaderBytes + index * SlotBytes;

    public int CellOffset(int index) => *(ushort*)(Slot(index) + 4);

    /// <summary>Bytes of the key after the prefix that are in the cell.</summary>
    public int RestLength(int index) => *(ushort*)(Slot(index) + 6) & ~LongFlag;

    /// <summary>Whether the cell has only the beginning of its key.</summary>
    public bool IsLong(int index) => (*(ushort*)(Slot(index) + 6) & LongFlag) != 0;

    /// <summary>The rest of a long key.</summary>
    public RunReference KeyRun(int index) => RunReference.FromEnd(new ReadOnlySpan<byte>(at, KeyEnd(index)));

    /// <summary>Changes where the rest of a long key lies.</summary>
    public void SetKeyRun(int index, RunReference run)
        => run.Write(new Span<byte>(at + KeyEnd(index) - RunReference.Bytes, RunReference.Bytes));

    private int KeyEnd(int index) => CellOffset(index) + CellHeaderBytes + StoredLength(index);

    // The rest of the key in the cell, with the reference to its run.
    private int StoredLength(int index)
    {
        int length = *(ushort*)(Slot(index) + 6);
        return length < LongFlag ? length : (length & ~LongFlag) + RunReference.Bytes;
    }

    /// <summary>The key after the prefix, as far as it is in the cell.</summary>
    public ReadOnlySpan<byte> Rest(int index) => new(at + CellOffset(index) + CellHeaderBytes, RestLength(index));

    public int KeyLength(int index) => PrefixLength + RestLength(index) + (IsLong(index) ? (int)KeyRun(index).Length : 0);

    /// <summary>Copies a key, reading the rest of a long one from the file.</summary>
    public int CopyKey(int index, PageFile file, Span<byte> destination)
    {
        Prefix.CopyTo(destination);
        Rest(index).CopyTo(destination[PrefixLength..]);
        int length = PrefixLength + RestLength(index);
        return IsLong(index) ? length + file.ReadRun(KeyRun(index), destination[length..]) : length;
    }

    public byte[] Key(int index, PageFile file)
    {
        var key = new byte[KeyLength(index)];
        CopyKey(index, file, key);
        return key;
    }

    /// <summary>Value length and the run flag, as stored.</summary>
    public int ValueInfo(int index) => *(ushort*)(at + CellOffset(index));

    public ReadOnlySpan<byte> Value(int index)
    {
        int cell = CellOffset(index);
        return new ReadOnlySpan<byte>(at + cell + LeafCellBytes + StoredLength(index), *(ushort*)(at + cell) & ~RunFlag);
    }

    /// <summary>Changes where the run of a value lies.</summary>
    public void SetRun(int index, RunReference run)
    {
        int end = CellOffset(index) + CellLength(index);
        run.Write(new Span<byte>(at + end - RunReference.Bytes, RunReference.Bytes));
    }

    public PagePointer Child(int index)
    {
        uint* cell = (uint*)(at + CellOffset(index));
        return new PagePointer(cell[0], cell[1]);
    }

    public void SetChild(int index, PagePointer child)
    {
        uint* cell = (uint*)(at + CellOffset(index));
        cell[0] = child.Page;
        cell[1] = child.Checksum;
    }

    /// <summary>Whether some cell of this page refers to a run itself.</summary>
    public bool HasRun(int index) => IsLong(index) || (IsLeaf && (ValueInfo(index) & RunFlag) != 0);

    private ref long Summary(int index) => ref *(long*)(at + CellOffset(index) + 8);

    /// <summary>Entries in the leaves below a child.</summary>
    public long ChildCount(int index) => Summary(index) & ~RunFreeFlag;

    /// <summary>Whether it is known that no cell of a child, or below it, refers to a run.</summary>
    public bool IsRunFree(int index) => (Summary(index) & RunFreeFlag) != 0;

    public void SetChildCount(int index, long count) => Summary(index) = (Summary(index) & RunFreeFlag) | count;

    /// <summary>Notes that something below a child refers to a run.</summary>
    public void SetHasRuns(int index) => Summary(index) &= ~RunFreeFlag;

    public void SetSummary(int index, long summary) => Summary(index) = summary;

    /// <summary>Entries in the leaves below this page, or in it when it is a leaf.</summary>
    public long EntryCount() => Summarize() & ~RunFreeFlag;

    /// <summary>What a branch says of this page: the entries in the leaves below, or in it, and whether all are without runs.</summary>
    public long Summarize()
    {
        long count = IsLeaf ? Count : 0;
        long runFree = RunFreeFlag;
        for (int i = 0; i < Count; i++)
        {
            if (!IsLeaf)
                count += ChildCount(i);
            if (HasRun(i) || (!IsLeaf && !IsRunFree(i)))
                runFree = 0;
        }
        return count | runFree;
    }

    public int CellLength(int index)
        => IsLeaf ? LeafCellBytes + StoredLength(index) + (ValueInfo(index) & ~RunFlag) : BranchCellBytes + StoredLength(index);

    /// <summary>Bytes in use, lost ones not counted.</summary>
    public int UsedBytes(int pageSizeBytes) => HeaderBytes + Count * SlotBytes + (pageSizeBytes - CellsStart - LostBytes);

    /// <summary>The first slot whose key is not below <paramref name="key"/>; in a branch never slot 0.</summary>
    /// <param name="key">The key.</param>
    /// <param name="file">Where the rest of long keys is, read when their beginnings do not decide.</param>
    /// <param name="found">Whether the slot has that very key.</param>
    public int LowerBound(ReadOnlySpan<byte> key, PageFile file, out bool found)
    {
        int low = IsLeaf ? 0 : 1;
        int high = Count;
        found = false;
        int prefixLength = PrefixLength;
        if (prefixLength > 0)
        {
            int order = OrderToPrefix(key, prefixLength);
            if (order != 0)
                return order < 0 ? Math.Min(low, high) : high;
            key = key[prefixLength..];
        }
        uint head = Head(key);
        uint* slots = (uint*)(at + HeaderBytes);
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            uint other = slots[middle * 2];
            int order = other == head ? OrderOfRest(middle, key, file) : (other < head ? -1 : 1);
            if (order < 0)
            {
                low = middle + 1;
                continue;
            }
            high = middle;
            if (order == 0)
            {
                found = true;
                return middle;
            }
        }
        return low;
    }

    /// <summary>The child whose range holds <paramref name="key"/>.</summary>
    public int FindChild(ReadOnlySpan<byte> key, PageFile file)
    {
        int index = LowerBound(key, file, out bool found);
        return found ? index : index - 1;
    }

    private int OrderToPrefix(ReadOnlySpan<byte> key, int prefixLength)
    {
        int shared = Math.Min(key.Length, prefixLength);
        int order = key[..shared].SequenceCompareTo(new ReadOnlySpan<byte>(at + PrefixOffset, shared));
        return order != 0 ? order : (key.Length < prefixLength ? -1 : 0);
    }

    // The stored key against the wanted one, both after the prefix.
    private int OrderOfRest(int index, ReadOnlySpan<byte> key, PageFile file)
        => IsLong(index) ? OrderOfLong(index, key, file) : Rest(index).SequenceCompareTo(key);

    private int OrderOfLong(int index, ReadOnlySpan<byte> key, PageFile file)
    {
        ReadOnlySpan<byte> rest = Rest(index);
        int shared = Math.Min(rest.Length, key.Length);
        int order = rest[..shared].SequenceCompareTo(key[..shared]);
        if (order != 0 || key.Length <= rest.Length)
            return order != 0 ? order : 1;
        var run = new byte[KeyRun(index).Length];
        file.ReadRun(KeyRun(index), run);
        return run.AsSpan().SequenceCompareTo(key[shared..]);
    }

    /// <summary>The first four bytes as a number that sorts like them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Head(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= 4)
            return BinaryPrimitives.ReadUInt32BigEndian(rest);
        uint head = 0;
        for (int i = 0; i < rest.Length; i++)
            head |= (uint)rest[i] << (24 - 8 * i);
        return head;
    }

    /// <summary>Asks the processor for the header and the first slots.</summary>
    public void PrefetchHead()
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + 64);
        Sse.Prefetch0(at + 128);
    }

    /// <summary>
    /// Asks the processor for the beginnings of cells that will be read one after the other: they lie anywhere in the page, so that nothing
    /// but the slots tells where, and each would be waited for in turn.
    /// </summary>
    /// <param name="from">The first slot.</param>
    /// <param name="to">The slot behind the last one.</param>
    public void PrefetchCells(int from, int to)
    {
        if (!Sse.IsSupported)
            return;
        for (int i = from; i < to; i++)
            Sse.Prefetch0(at + CellOffset(i));
    }

    /// <summary>Makes an empty page.</summary>
    public void Clear(uint number, PageKind kind, int level, long transaction, int pageSizeBytes)
    {
        Begin(number, kind, level, transaction, pageSizeBytes);
        ClearGap();
    }

    /// <summary>Makes an empty page with whatever was there in its gap; see <see cref="ClearGap"/>.</summary>
    public void Begin(uint number, PageKind kind, int level, long transaction, int pageSizeBytes)
    {
        new Span<byte>(at, HeaderBytes).Clear();
        Number = number;
        Kind = kind;
        Level = level;
        Transaction = transaction;
        CellsStart = pageSizeBytes;
        PrefixOffset = 0;
    }

    /// <summary>Leaves nothing of what was there before between the slots and the cells.</summary>
    public void ClearGap() => new Span<byte>(at + HeaderBytes + Count * SlotBytes, Gap).Clear();

    /// <summary>Opens a slot and a cell; the caller has seen that <see cref="Gap"/> suffices, and fills the cell.</summary>
    public byte* Insert(int index, ReadOnlySpan<byte> rest, bool isLong, int cellLength)
    {
        int cell = CellsStart - cellLength;
        Invariant.Check(Gap >= cellLength + SlotBytes);
        byte* slot = Slot(index);
        Buffer.MemoryCopy(slot, slot + SlotBytes, (long)(Count - index) * SlotBytes, (long)(Count - index) * SlotBytes);
        CellsStart = cell;
        Count++;
        SetSlot(index, rest, isLong, cell);
        return at + cell;
    }

    public void SetSlot(int index, ReadOnlySpan<byte> rest, bool isLong, int cell)
    {
        byte* slot = Slot(index);
        *(uint*)slot = Head(rest);
        *(ushort*)(slot + 4) = (ushort)cell;
        *(ushort*)(slot + 6) = (ushort)(rest.Length | (isLong ? LongFlag : 0));
    }

    /// <summary>Closes a slot; its cell is lost until the page is rebuilt.</summary>
    public void Remove(int index)
    {
        LostBytes += CellLength(index);
        byte* slot = Slot(index);
        long after = (long)(Count - index - 1) * SlotBytes;
        Buffer.MemoryCopy(slot + SlotBytes, slot, after, after);
        Count--;
        if (!IsLeaf && index == 0 && Count > 0)
        {
            LostBytes += StoredLength(0);
            SetSlot(0, default, false, CellOffset(0));
        }
    }

    /// <summary>Checks that every offset stays inside the page; what is wrong, or null.</summary>
    public string? Validate(uint number, int pageSizeBytes)
    {
        if (Number != number)
            return $"page {number} says it is page {Number}";
        if (Kind is not (PageKind.Leaf or PageKind.Branch) || IsLeaf != (Level == 0))
            return $"page {number} is no node of a tree";
        int slotsEnd = HeaderBytes + Count * SlotBytes;
        if (Count == 0 || slotsEnd > CellsStart || CellsStart > pageSizeBytes || PrefixOffset + PrefixLength > pageSizeBytes)
            return $"page {number} has a header that contradicts itself";
        for (int i = 0; i < Count; i++)
        {
            int cell = CellOffset(i);
            if (cell < slotsEnd || cell + CellHeaderBytes > pageSizeBytes || cell + CellLength(i) > pageSizeBytes)
                return $"page {number} has a cell outside of it at slot {i}";
            if (IsLong(i) && (RestLength(i) < LongRestBytesMin || KeyRun(i).Length is < 1 or > RunReference.KeyBytesMax))
                return $"page {number} has a long key at slot {i} whose length cannot be";
        }
        return null;
    }
}
