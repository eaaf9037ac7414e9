namespace RaftKv.Storage.Pages;

/// <summary>Reads pages into frames, and lets none through that is not what its pointer speaks of: checksum, number and shape.</summary>
internal sealed unsafe class PageLoader(Lock cacheLock, PageFile file, PageTable table, FrameSupply frames, PageSeals seals)
{
    /// <summary>Reads a page into a frame that nobody else sees. Within an access.</summary>
    public byte* Read(PagePointer pointer, ReaderSlot reader)
    {
        while (true)
        {
            uint checksum = seals.ChecksumOf(pointer);
            if (checksum == 0)
                throw file.Corrupt(pointer.Page, $"a pointer leads to page {pointer.Page}, which was never written");
            try
            {
                return Read(pointer.Page, checksum, reader);
            }
            catch (StorageCorruptException) when (WasWrittenSince(pointer, checksum))
            {
                // A checkpoint seals a spilled page in its frame and in its place: there it is now, or has a new checksum.
            }
        }
    }

    private bool WasWrittenSince(PagePointer pointer, uint checksum)
    {
        lock (cacheLock)
        {
            PageEntry* entry = table.Find(pointer.Page);
            return (entry != null && entry->Frame != 0) || seals.ChecksumOf(pointer) != checksum;
        }
    }

    private byte* Read(uint page, uint checksum, ReaderSlot reader)
    {
        var frame = (byte*)frames.Take(reader);
        try
        {
            file.Read(page, checksum, new Span<byte>(frame, file.PageSizeBytes));
            if (new NodePage(frame).Validate(page, file.PageSizeBytes) is string defect)
                throw file.Corrupt(page, defect);
        }
        catch
        {
            lock (cacheLock)
                frames.Free((long)frame);
            throw;
        }
        return frame;
    }
}
