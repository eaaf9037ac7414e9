using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Reads entries back from where they lie, many with one read where they lie close, and checks every byte.</summary>
internal static class EntryReader
{
    private const int PieceBytesMax = 256 << 10;
    private const int GapBytesMax = 4 << 10;

    /// <summary>Reads the entries at some locations.</summary>
    /// <param name="group">The group they belong to.</param>
    /// <param name="first">The index of the first; the others follow it.</param>
    /// <param name="locations">Where they lie, in segments that are pinned.</param>
    /// <param name="into">Receives the entries.</param>
    public static void Read(long group, long first, ReadOnlySpan<EntryLocation> locations, List<WalEntry> into)
    {
        while (!locations.IsEmpty)
        {
            int count = CountTogether(locations);
            ReadTogether(group, first, locations[..count], into);
            first += count;
            locations = locations[count..];
        }
    }

    private static int CountTogether(ReadOnlySpan<EntryLocation> locations)
    {
        EntryLocation start = locations[0];
        long end = start.Offset + RecordHeader.SizeOf(start.Length);
        int count = 1;
        while (count < locations.Length)
        {
            EntryLocation next = locations[count];
            long nextEnd = next.Offset + RecordHeader.SizeOf(next.Length);
            if (next.Segment != start.Segment || next.Offset - end > GapBytesMax || nextEnd - start.Offset > PieceBytesMax)
                break;
            end = nextEnd;
            count++;
        }

        return count;
    }

    private static void ReadTogether(long group, long first, ReadOnlySpan<EntryLocation> locations, List<WalEntry> into)
    {
        Segment segment = locations[0].Segment;
        long start = locations[0].Offset;
        EntryLocation last = locations[^1];
        byte[] piece = GC.AllocateUninitializedArray<byte>((int)(last.Offset + RecordHeader.SizeOf(last.Length) - start));
        segment.File.ReadExactly(start, piece);
        for (int i = 0; i < locations.Length; i++)
        {
            EntryLocation location = locations[i];
            int begin = (int)(location.Offset - start);
            ReadOnlyMemory<byte> record = piece.AsMemory(begin, RecordHeader.SizeOf(location.Length));
            into.Add(Decode(segment, location, record, group, first + i));
        }
    }

    private static WalEntry Decode(Segment segment, EntryLocation location, ReadOnlyMemory<byte> record, long group, long index)
    {
        bool isSound = RecordHeader.TryRead(record.Span, segment.Header.Seed, location.Offset, out RecordHeader header)
            && header.Type == RecordType.Entry && header.Group == group && header.Index == index && header.Length == location.Length
            && Crc32C.Compute(record.Span[RecordHeader.Bytes..]) == header.PayloadChecksum;
        if (!isSound)
            throw new StorageCorruptException(segment.Name, location.Offset, $"entry {index} of group {group} is damaged");
        return new WalEntry(index, header.Tag, header.Kind, record.Slice(RecordHeader.Bytes, header.Length));
    }
}
