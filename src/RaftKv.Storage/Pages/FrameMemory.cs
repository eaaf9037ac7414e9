using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>
/// Slabs of native memory for frames, aligned so that the system may back each by one huge page: fewer TLB misses.
/// </summary>
internal static unsafe partial class FrameMemory
{
    /// <summary>Bytes of a slab and its alignment: a huge page of the common platforms.</summary>
    public const int SlabBytes = 2 << 20;

    private const int SystemPageBytes = 4096;
    private const int MadviseHugePage = 14;

    public static byte* AllocateSlab(int bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, SlabBytes);

    /// <summary>Lets the system gather a slab into a huge page in the background.</summary>
    /// <remarks>
    /// Not before it is filled: the first touch of a huge page makes the writer wait for two cleared megabytes at once, which on a virtual
    /// machine the host has yet to find. Advice only: where it is refused the slab works as it is.
    /// </remarks>
    public static void AdviseFilled(byte* slab)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(slab, SlabBytes, MadviseHugePage);
    }

    /// <summary>Writes to every page of the system that new memory covers.</summary>
    /// <remarks>
    /// A copy into it reads the destination first (a check of the runtime), which would map a shared page of zeros, and the write behind it
    /// would have to take that away from every processor again.
    /// </remarks>
    public static void Touch(byte* memory, int bytes)
    {
        for (int at = 0; at < bytes; at += SystemPageBytes)
            memory[at] = 0;
    }

    public static void FreeSlab(byte* slab) => NativeMemory.AlignedFree(slab);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
