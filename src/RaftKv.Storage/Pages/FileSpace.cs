namespace RaftKv.Storage.Pages;

/// <summary>
/// Space that the device has given to the file ahead of its use. A change that cannot be written later is refused when it is made; and some
/// space is kept for deletions and checkpoints, so that a full disk can be cleared. Owned by the writer, under its lock.
/// </summary>
/// <remarks>
/// Without a reserve nothing is asked of the device ahead, and a checkpoint may find it full. Where the file system does not reserve space
/// for a length, or for what is overwritten, it may in any case.
/// </remarks>
internal sealed class FileSpace(PageFile file, FreeList freeList, long reserveBytes)
{
    private const int GrowthDivisor = 16;
    private const long ReservePagesMin = 32;    // some paths
    private const long GrowthBytesMax = 16 << 20;

    private readonly long _reservePagesMax = (reserveBytes + file.PageSizeBytes - 1) / file.PageSizeBytes;

    /// <summary>Pages behind which the file may end now.</summary>
    public uint PagesKept
        => _reservePagesMax == 0 ? freeList.PageCount : (uint)(freeList.PageCount + Math.Max(0, ReservePages + Growth - freeList.FreeCount));

    // Twice the pages there are is more than two checkpoints' worth of copies, so a small store keeps little.
    private long ReservePages => Math.Min(_reservePagesMax, ReservePagesMin + 2L * freeList.PageCount);

    private long Available => freeList.FreeCount + file.AllocatedPages - freeList.PageCount;

    private long Growth => Math.Min(Math.Max(16, freeList.PageCount / GrowthDivisor), GrowthBytesMax / file.PageSizeBytes);

    /// <summary>Sees to it that pages can be taken and written.</summary>
    /// <param name="pages">How many.</param>
    /// <param name="fromReserve">Whether the reserve may be used.</param>
    /// <exception cref="StorageFullException">There is no room for them.</exception>
    public void Ensure(uint pages, bool fromReserve)
    {
        long missing = _reservePagesMax == 0 ? 0 : pages + ReservePages - Available;
        if (missing <= 0)
            return;
        if (TryGrow(file.AllocatedPages + missing + Growth) || TryGrow(file.AllocatedPages + missing))
            return;
        if (!fromReserve || pages > Available)
            throw new StorageFullException($"{file.Name}: the device has no room for {pages} pages more, beside what is kept for deletions.");
    }

    /// <summary>Takes pages that follow each other, and that can be written.</summary>
    /// <exception cref="StorageFullException">There is no room for them; none was taken.</exception>
    public uint TakeRun(uint length, bool fromReserve)
    {
        Ensure(length, fromReserve);
        uint first = freeList.TakeRun(length);
        if (_reservePagesMax == 0 || first + length <= file.AllocatedPages || TryGrow(first + length))
            return first;
        for (uint page = first; page < first + length; page++)
            freeList.PutBack(page);
        // No page may be free that cannot be written.
        freeList.TrimTail();
        throw new StorageFullException($"{file.Name}: the device has no room for {length} pages that follow each other.");
    }

    private bool TryGrow(long pageCount)
    {
        try
        {
            file.Grow((uint)pageCount);
            return true;
        }
        catch (StorageFullException)
        {
            return false;
        }
    }
}
