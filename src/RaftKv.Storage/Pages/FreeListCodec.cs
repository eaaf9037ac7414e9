using System.Buffers.Binary;

namespace RaftKv.Storage.Pages;

/// <summary>The free list as bytes: lengths of alternating runs of used and free pages, and the chain of pages that carries them.</summary>
/// <remarks>
/// A chain page: number (4), kind (1), 3 zero, next page (4), next checksum (4), payload length (4), 4 zero, payload. Chains are written
/// from the last page to the first, because each carries the checksum of the next.
/// </remarks>
internal static class FreeListCodec
{
    public const int HeaderBytes = 24;
    private const byte Kind = (byte)PageKind.FreeList;

    /// <summary>Encodes run lengths from page 0 on, first the used ones, as variable-length numbers.</summary>
    public static byte[] Encode(PageBitmap free)
    {
        var bytes = new List<byte>();
        uint page = 0;
        if (free[page])
            AppendNumber(bytes, 0);
        while (page < free.PageCount)
        {
            uint end = free.EndOfRun(page);
            AppendNumber(bytes, end - page);
            page = end;
        }
        return bytes.ToArray();
    }

    /// <summary>Decodes <see cref="Encode"/>; null when the bytes do not describe exactly <paramref name="pageCount"/> pages.</summary>
    public static PageBitmap? TryDecode(ReadOnlySpan<byte> bytes, uint pageCount)
    {
        var free = new PageBitmap(pageCount);
        uint page = 0;
        bool isFree = false;
        while (!bytes.IsEmpty)
        {
            if (!TryTakeNumber(ref bytes, out uint length) || length > pageCount - page)
                return null;
            for (uint end = page + length; page < end; page++)
            {
                if (isFree)
                    free.Set(page);
            }
            isFree = !isFree;
        }
        return page == pageCount ? free : null;
    }

    /// <summary>Reads the free pages as of a checkpoint; a file that is new has no list and nothing free.</summary>
    /// <exception cref="StorageCorruptException">The list is damaged.</exception>
    public static PageBitmap Read(PageFile file, MetaPage meta, List<uint> pages)
    {
        if (meta.FreeList.IsNone)
            return new PageBitmap(meta.PageCount);
        byte[] list = ReadChain(file, meta.FreeList, meta.PageCount, pages);
        return TryDecode(list, meta.PageCount) ?? throw file.Corrupt(meta.FreeList.Page, "the free list does not describe the file");
    }

    /// <summary>
    /// Writes the chain into <paramref name="pages"/> and returns the pointer to its head; none when there is nothing to say.
    /// </summary>
    public static PagePointer WriteChain(PageFile file, ReadOnlySpan<byte> payload, ReadOnlySpan<uint> pages)
    {
        int room = file.PageSizeBytes - HeaderBytes;
        Invariant.Check((long)room * pages.Length >= payload.Length);
        PagePointer next = PagePointer.None;
        var page = new byte[file.PageSizeBytes];
        for (int i = pages.Length - 1; i >= 0; i--)
        {
            ReadOnlySpan<byte> part = payload[Math.Min(payload.Length, i * room)..];
            part = part[..Math.Min(part.Length, room)];
            page.AsSpan().Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(page, pages[i]);
            page[4] = Kind;
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(8), next.Page);
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(12), next.Checksum);
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(16), part.Length);
            part.CopyTo(page.AsSpan(HeaderBytes));
            file.Write(pages[i], page);
            next = new PagePointer(pages[i], PageChecksum.Of(page));
        }
        return next;
    }

    /// <summary>Reads a chain back.</summary>
    /// <param name="file">The file.</param>
    /// <param name="head">Pointer to the first page.</param>
    /// <param name="pageCount">Pages in the file; no chain is longer.</param>
    /// <param name="pages">Receives the pages of the chain.</param>
    public static byte[] ReadChain(PageFile file, PagePointer head, uint pageCount, List<uint> pages)
    {
        var payload = new List<byte>();
        var page = new byte[file.PageSizeBytes];
        while (!head.IsNone)
        {
            if (head.Page >= pageCount || pages.Count >= pageCount)
                throw file.Corrupt(head.Page, "the free list leads out of the file");
            file.Read(head.Page, head.Checksum, page);
            int length = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(16));
            if (page[4] != Kind || BinaryPrimitives.ReadUInt32LittleEndian(page) != head.Page
                || length < 0 || length > page.Length - HeaderBytes)
                throw file.Corrupt(head.Page, $"page {head.Page} is not a free list page");
            payload.AddRange(page.AsSpan(HeaderBytes, length));
            pages.Add(head.Page);
            head = new PagePointer(BinaryPrimitives.ReadUInt32LittleEndian(page.AsSpan(8)),
                BinaryPrimitives.ReadUInt32LittleEndian(page.AsSpan(12)));
        }
        return payload.ToArray();
    }

    private static void AppendNumber(List<byte> bytes, uint number)
    {
        for (; number >= 0x80; number >>= 7)
            bytes.Add((byte)(number | 0x80));
        bytes.Add((byte)number);
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> bytes, out uint number)
    {
        number = 0;
        for (int i = 0; i < bytes.Length && i < 5; i++)
        {
            number |= (uint)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
