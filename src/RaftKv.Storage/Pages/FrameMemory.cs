using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Slabs of native memory for frames, aligned so that the system may back each by one huge page: fewer faults, fewer TLB misses.
/// </summary>
internal static unsafe partial class FrameMemory
{
    /// <summary>Bytes of a slab and its alignment: a huge page of the common platforms.</summary>
    public const int SlabBytes = 2 << 20;

    private const int MadviseHugePage = 14;

    public static byte* AllocateSlab()
    {
        byte* slab = (byte*)NativeMemory.AlignedAlloc(SlabBytes, SlabBytes);
        // Advice only: where it is refused the slab works as it is.
        if (OperatingSystem.IsLinux())
            _ = Advise(slab, SlabBytes, MadviseHugePage);
        return slab;
    }

    public static void FreeSlab(byte* slab) => NativeMemory.AlignedFree(slab);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
