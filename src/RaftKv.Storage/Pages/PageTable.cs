using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Page number to <see cref="PageEntry"/> by two array steps, in native memory that stays where it is, so that readers look up without a lock.
/// </summary>
/// <remarks>
/// A pointer inside a page that is only in memory carries checksum 0 for a child that had not been written when it was copied.
/// When the child is written its checksum is kept here, and whoever writes or loads through such a pointer takes it from here;
/// so a published page is never changed, and pages may be written in any order that puts children before parents.
/// </remarks>
internal sealed unsafe class PageTable : IDisposable
{
    private const int ChunkShift = 14;
    private const int ChunkPages = 1 << ChunkShift;
    private const uint FirstChunks = 16;

    // Lists of chunks that were outgrown: a reader may have found one just before it was replaced.
    private readonly List<nint> _outgrown = [];
    private PageEntry** _chunks = (PageEntry**)NativeMemory.Alloc(FirstChunks, (nuint)sizeof(PageEntry*));
    private uint _chunksMax = FirstChunks;
    private uint _capacity;

    /// <summary>Page numbers below this have entries.</summary>
    public uint Capacity => Volatile.Read(ref _capacity);

    /// <summary>Bytes of native memory the entries take.</summary>
    public long Bytes => (long)Capacity * sizeof(PageEntry);

    public ref PageEntry this[uint page]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _chunks[page >> ChunkShift][page & (ChunkPages - 1)];
    }

    /// <summary>Makes entries for every page below <paramref name="pageCount"/>. Called by the writer and at opening only.</summary>
    public void Ensure(uint pageCount)
    {
        while (_capacity < pageCount)
        {
            uint chunk = _capacity >> ChunkShift;
            if (chunk == _chunksMax)
                GrowList();
            _chunks[chunk] = (PageEntry*)NativeMemory.AllocZeroed(ChunkPages, (nuint)sizeof(PageEntry));
            Volatile.Write(ref _capacity, checked(_capacity + ChunkPages));
        }
    }

    public void Dispose()
    {
        for (uint chunk = 0; chunk << ChunkShift < _capacity; chunk++)
            NativeMemory.Free(_chunks[chunk]);
        _capacity = 0;
        NativeMemory.Free(_chunks);
        foreach (nint list in _outgrown)
            NativeMemory.Free((void*)list);
    }

    // A new list is in place before the capacity that needs it, which readers look at first. The old ones stay right as far as they go.
    private void GrowList()
    {
        PageEntry** larger = (PageEntry**)NativeMemory.Alloc(_chunksMax * 2, (nuint)sizeof(PageEntry*));
        new Span<nint>(_chunks, (int)_chunksMax).CopyTo(new Span<nint>(larger, (int)_chunksMax));
        _outgrown.Add((nint)_chunks);
        _chunks = larger;
        _chunksMax *= 2;
    }
}
