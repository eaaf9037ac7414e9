using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Pages;

/// <summary>Pages at their places in one file. Every read is checked against the checksum its pointer carries.</summary>
internal sealed unsafe class PageFile(IStorageFile file, int pageSizeBytes) : IDisposable
{
    /// <summary>Bytes at the head of the file that belong to the two metas.</summary>
    public const int MetaAreaBytes = 2 * MetaPage.SlotBytes;

    public const int PageSizeMin = 1024;
    public const int PageSizeMax = 32768;

    private readonly Lock _writing = new();

    public int PageSizeBytes => pageSizeBytes;

    public IStorageFile File => file;

    public string Name => file.Name;

    /// <summary>The first page that is not covered by the metas.</summary>
    public uint FirstPage => (uint)((MetaAreaBytes + pageSizeBytes - 1) / pageSizeBytes);

    public long OffsetOf(uint page) => (long)page * pageSizeBytes;

    /// <summary>Reads whole pages beginning at <paramref name="page"/> and checks them as one piece.</summary>
    /// <exception cref="StorageCorruptException">The bytes are not those the pointer speaks of; nothing may be taken from them.</exception>
    public void Read(uint page, uint checksum, Span<byte> destination)
    {
        file.ReadExactly(OffsetOf(page), destination);
        if (PageChecksum.Of(destination) != checksum && !Mutation.Is(Mutant.ChecksumIgnored))
            throw Corrupt(page, $"page {page} does not have the checksum its pointer carries");
    }

    /// <summary>Reads a run and checks it; returns its length.</summary>
    public int ReadRun(RunReference run, Span<byte> destination)
    {
        Read(run.Page, run.Checksum, destination[..(int)run.Length]);
        return (int)run.Length;
    }

    /// <summary>Reads bytes as they are, zeros behind the end of the file.</summary>
    public void ReadOrZero(long offset, Span<byte> destination)
    {
        lock (_writing)
        {
            int there = (int)Math.Clamp(file.Length - offset, 0, destination.Length);
            if (there > 0)
                file.ReadExactly(offset, destination[..there]);
            destination[there..].Clear();
        }
    }

    /// <summary>Writes pages. The writer's large values and a checkpoint may come together; they take turns.</summary>
    public void Write(uint page, ReadOnlySpan<byte> bytes)
    {
        lock (_writing)
            file.Write(OffsetOf(page), bytes);
    }

    /// <summary>Whole pages that the file has bytes for.</summary>
    public long AllocatedPages => file.Length / pageSizeBytes;

    /// <summary>Makes the file at least as long as some pages are, reserving the space where the platform can.</summary>
    /// <exception cref="StorageFullException">There is no room; the file is as it was.</exception>
    public void Grow(uint pageCount)
    {
        lock (_writing)
        {
            if (file.Length < OffsetOf(pageCount))
                file.SetLength(OffsetOf(pageCount));
        }
    }

    /// <summary>Makes the file shorter, at most by some bytes, when it does not end behind the given number of pages.</summary>
    /// <returns>Whether it is still longer.</returns>
    public bool CutTo(uint pageCount, long bytesMax)
    {
        lock (_writing)
        {
            if (file.Length > OffsetOf(pageCount))
                file.SetLength(Math.Max(OffsetOf(pageCount), file.Length - bytesMax));
            return file.Length > OffsetOf(pageCount);
        }
    }

    /// <summary>Has pages that were written begin their way to the device; see <see cref="IStorageFile.BeginWriteBack"/>.</summary>
    public void BeginWriteBack(uint first, uint last) => file.BeginWriteBack(OffsetOf(first), OffsetOf(last + 1) - OffsetOf(first));

    public void Flush() => file.Flush();

    public StorageCorruptException Corrupt(uint page, string what) => new(file.Name, OffsetOf(page), what);

    public void Dispose() => file.Dispose();
}
