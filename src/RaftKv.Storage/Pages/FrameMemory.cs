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
    private const int MadvisePopulateWrite = 23;    // from Linux 5.14 on

    public static byte* AllocateSlab(int bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, SlabBytes);

    /// <summary>Lets the system gather a slab that is filled into a huge page in the background.</summary>
    /// <remarks>Advice only: where it is refused the slab works as it is.</remarks>
    public static void AdviseHuge(byte* slab)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(slab, SlabBytes, MadviseHugePage);
    }

    /// <summary>Has the system back a slab by memory with one call, where touching it would take a fault for each page of the system.</summary>
    /// <remarks>
    /// By small pages: a huge one would have the caller wait for two cleared megabytes that on a virtual machine the host has yet to find. Advice
    /// only: where it is refused the faults come one by one. Beside the use, on another thread, it cost loads a quarter of their rate.
    /// </remarks>
    public static void Back(byte* slab, int bytes)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(slab, (nuint)bytes, MadvisePopulateWrite);
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
