using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Reads entries back from where they lie, many with one read where they lie close, and checks every byte.</summary>
internal sealed class EntryReader(long group, IBlockCodec codec, long maxBytes, List<WalEntry> into)
{
    private const int PieceBytesMax = 256 << 10;
    private const int GapBytesMax = 4 << 10;

    private long _bytes;
    private int _count;

    /// <summary>Reads the entries at some locations until they are as many bytes as were asked for.</summary>
    /// <param name="first">The index of the first; the others follow it.</param>
    /// <param name="locations">Where they lie, in segments that are pinned.</param>
    /// <returns>How many were read.</returns>
    public int Read(long first, ReadOnlySpan<EntryLocation> locations)
    {
        while (!locations.IsEmpty)
        {
            if (locations[0].Length == EntryLocation.Hole)
                throw Damaged(locations[0], $"entry {first} of group {group} was lost in the damage before this place");
            int together = CountTogether(locations);
            if (!TryReadTogether(first, locations[..together], out bool goesOn))
            {
                // The place that the device refuses may lie between two entries.
                together = 1;
                if (!TryReadTogether(first, locations[..together], out goesOn))
                    throw Damaged(locations[0], $"the device cannot read entry {first} of group {group}");
            }
            if (!goesOn)
                break;
            first += together;
            locations = locations[together..];
        }

        return _count;
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
            bool isSound = next.Length != EntryLocation.Hole && next.Segment == start.Segment;
            bool isClose = next.Offset >= end && next.Offset - end <= GapBytesMax;
            if (!isSound || !isClose || nextEnd - start.Offset > PieceBytesMax)
                break;
            end = nextEnd;
            count++;
        }

        return count;
    }

    // False when the device refuses.
    private bool TryReadTogether(long first, ReadOnlySpan<EntryLocation> locations, out bool goesOn)
    {
        try
        {
            goesOn = ReadTogether(first, locations);
            return true;
        }
        catch (StorageIoException)
        {
            goesOn = false;
            return false;
        }
    }

    private bool ReadTogether(long first, ReadOnlySpan<EntryLocation> locations)
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
            WalEntry entry = Decode(location, record, first + i);
            _bytes += entry.Payload.Length;
            if (_bytes > maxBytes && _count > 0)
                return false;
            into.Add(entry);
            _count++;
        }

        return true;
    }

    private WalEntry Decode(EntryLocation location, ReadOnlyMemory<byte> record, long index)
    {
        bool isSound = RecordHeader.TryRead(record.Span, location.Segment.Header.Seed, location.Offset, out RecordHeader header)
            && header.Type is RecordType.Entry or RecordType.Repair
            && header.Group == group && header.Index == index && header.Length == location.Length
            && Crc32C.Compute(record.Span[RecordHeader.Bytes..]) == header.PayloadChecksum;
        if (!isSound)
            throw Damaged(location, $"entry {index} of group {group} is damaged");
        ReadOnlyMemory<byte> payload = record.Slice(RecordHeader.Bytes, header.Length);
        if ((header.Flags & RecordFlags.Compressed) != 0)
            payload = Decompress(location, payload.Span, header);
        return new WalEntry(index, header.Tag, header.Kind, payload);
    }

    private byte[] Decompress(EntryLocation location, ReadOnlySpan<byte> stored, RecordHeader header)
    {
        byte[] raw = GC.AllocateUninitializedArray<byte>(header.RawLength);
        return codec.TryDecompress(stored, raw)
            ? raw
            : throw Damaged(location, $"entry {header.Index} of group {group} is intact but does not decompress");
    }

    private static StorageCorruptException Damaged(EntryLocation location, string what) =>
        new(location.Segment.Name, location.Offset, what);
}
