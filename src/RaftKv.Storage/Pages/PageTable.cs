using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Page number to <see cref="PageEntry"/> by three array steps, in native memory that never moves, so that readers look up without a lock.
/// Only pages that there is something to know of have entries: the table is as large as the cache, not as the file.
/// </summary>
/// <remarks>
/// <para>
/// A pointer inside a page that is only in memory carries checksum 0 for a child that had not been written when it was copied.
/// When the child is written its checksum is kept here, and whoever writes or loads through such a pointer takes it from here;
/// so a published page is never changed, and pages may be written in any order that puts children before parents.
/// </para>
/// <para>
/// Changed under the cache's lock alone. Entries come and go by leaves of neighbours; a leaf that was taken out may still be looked into by
/// readers that found it before, so its owner keeps its memory as it is until their accesses are over.
/// </para>
/// </remarks>
internal sealed unsafe class PageTable : IDisposable
{
    /// <summary>Bytes of the pieces of memory that the table is made of.</summary>
    public const int PieceBytes = LeafPages * 16;

    /// <summary>Pages whose entries lie in one leaf.</summary>
    public const int LeafPages = 1 << LeafShift;

    private const int LeafShift = 5;
    private const int BranchShift = 6;
    private const int BranchMask = (1 << BranchShift) - 1;
    private const int FirstRootLength = 64;

    private readonly Stack<long> _pieces = new();
    private readonly List<long> _roots = [];    // readers may still use the earlier ones
    private PageEntry*** _root;
    private uint _rootLength;

    public PageTable() => GrowRoot(FirstRootLength);

    /// <summary>Leaves below this number may exist.</summary>
    public uint LeafEnd { get; private set; }

    /// <summary>Bytes of native memory beside the pieces.</summary>
    public long RootBytes { get; private set; }

    /// <summary>Whether <see cref="Add"/> has the memory that it may need.</summary>
    public bool HasPieces => _pieces.Count >= 2;

    /// <summary>The entry of a page; null when nothing is known of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PageEntry* Find(uint page)
    {
        PageEntry* leaf = Leaf(page >> LeafShift);
        return leaf == null ? null : leaf + (page & (LeafPages - 1));
    }

    /// <summary>The entries of neighbours, by the number of their leaf; null when nothing is known of any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PageEntry* Leaf(uint leaf)
    {
        // The length is announced after the array that has it.
        if (leaf >> BranchShift >= Volatile.Read(ref _rootLength))
            return null;
        PageEntry** branch = _root[leaf >> BranchShift];
        return branch == null ? null : branch[leaf & BranchMask];
    }

    /// <summary>Leaves from one on of which none exists, up to the end of their branch: whoever walks may pass them by at once.</summary>
    public uint AbsentFrom(uint leaf)
        => leaf >> BranchShift < _rootLength && _root[leaf >> BranchShift] != null ? 1 : BranchMask + 1 - (leaf & BranchMask);

    /// <summary>Takes in memory that the table may use from now on.</summary>
    public void AddPieces(byte* memory, int bytes)
    {
        for (int at = 0; at + PieceBytes <= bytes; at += PieceBytes)
            _pieces.Push((long)(memory + at));
    }

    /// <summary>Takes back the memory of a leaf that nobody looks into any more.</summary>
    public void ReturnPiece(long piece) => _pieces.Push(piece);

    /// <summary>The entry of a page, made when there is none; see <see cref="HasPieces"/>.</summary>
    public PageEntry* Add(uint page)
    {
        uint leaf = page >> LeafShift;
        if (leaf >> BranchShift >= _rootLength)
            GrowRoot(Math.Max(2 * _rootLength, (leaf >> BranchShift) + 1));
        ref PageEntry** branch = ref _root[leaf >> BranchShift];
        if (branch == null)
            branch = (PageEntry**)NewPiece();
        ref PageEntry* entries = ref branch[leaf & BranchMask];
        if (entries == null)
        {
            entries = (PageEntry*)NewPiece();
            LeafEnd = Math.Max(LeafEnd, leaf + 1);
        }
        return entries + (page & (LeafPages - 1));
    }

    /// <summary>Takes a leaf out of which nothing is to be known; returns its memory.</summary>
    public long Remove(uint leaf)
    {
        ref PageEntry* entries = ref _root[leaf >> BranchShift][leaf & BranchMask];
        long piece = (long)entries;
        entries = null;
        return piece;
    }

    private void* NewPiece()
    {
        var piece = (void*)_pieces.Pop();
        NativeMemory.Clear(piece, PieceBytes);
        Thread.MemoryBarrier();     // a reader that finds the piece finds it empty
        return piece;
    }

    private void GrowRoot(uint length)
    {
        var root = (PageEntry***)NativeMemory.AllocZeroed(length, (nuint)sizeof(PageEntry**));
        for (uint i = 0; i < _rootLength; i++)
            root[i] = _root[i];
        _root = root;
        _roots.Add((long)root);
        RootBytes += length * sizeof(PageEntry**);
        Volatile.Write(ref _rootLength, length);
    }

    public void Dispose()
    {
        Volatile.Write(ref _rootLength, 0);
        foreach (long root in _roots)
            NativeMemory.Free((void*)root);
        _roots.Clear();
    }
}
