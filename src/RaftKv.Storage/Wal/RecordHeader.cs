using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>The 64 bytes in front of every record's payload; docs/format.md draws them.</summary>
/// <remarks>
/// The header's checksum is salted with the segment's seed and the record's offset, so bytes of an earlier use of the file, or
/// from elsewhere in it, never pass; it covers the checksum of the record before, so order and completeness are seen; and it
/// covers the payload's checksum, so a damaged payload still has a name.
/// </remarks>
internal readonly record struct RecordHeader
{
    public const int Bytes = 64;
    public const int AlignmentBytes = 8;

    /// <summary>Payloads are bounded so that sizes with padding stay in an int.</summary>
    public const int PayloadBytesMax = 1 << 30;

    private const int ChecksumBytes = 4;
    private const int PreviousOffset = 4;
    private const int LengthOffset = 8;
    private const int PayloadChecksumOffset = 12;
    private const int TypeOffset = 16;
    private const int FlagsOffset = 17;
    private const int KindOffset = 18;
    private const int ZeroOffset = 19;
    private const int BackOffset = 20;
    private const int RawLengthOffset = 24;
    private const int EntriesOffset = 28;
    private const int StatesOffset = 32;
    private const int ReservedOffset = 36;
    private const int GroupOffset = 40;
    private const int IndexOffset = 48;
    private const int TagOffset = 56;

    // Of the eight bytes from the type on: the bits that no header has set, and those of the type, which are never all zero.
    private static readonly ulong NeverSet = MemoryMarshal.Read<ulong>([0xF0, 0xFC, 0, 0xFF, 0, 0, 0, 0x80]);
    private static readonly ulong TypeField = MemoryMarshal.Read<ulong>([0x0F, 0, 0, 0, 0, 0, 0, 0]);

    public uint Checksum { get; init; }

    /// <summary>The header checksum of the record before; the segment's seed for the first.</summary>
    public uint Previous { get; init; }

    /// <summary>Payload bytes as stored, without padding.</summary>
    public int Length { get; init; }

    /// <summary>CRC-32C of the stored payload with its padding.</summary>
    public uint PayloadChecksum { get; init; }

    public RecordType Type { get; init; }

    public RecordFlags Flags { get; init; }

    public byte Kind { get; init; }

    /// <summary>Bytes from the start of the write that carried this record to this record.</summary>
    public int Back { get; init; }

    /// <summary>Payload bytes before compression.</summary>
    public int RawLength { get; init; }

    /// <summary>Entries ever written for the group, this one included, modulo 2^32.</summary>
    public uint Entries { get; init; }

    /// <summary>States ever written for the group, this one included, modulo 2^32.</summary>
    public uint States { get; init; }

    public long Group { get; init; }

    public long Index { get; init; }

    public long Tag { get; init; }

    /// <summary>Bytes of the whole record: header, payload, padding.</summary>
    public int Size => SizeOf(Length);

    public bool EndsBatch => (Flags & RecordFlags.EndOfBatch) != 0;

    public static int SizeOf(int payloadBytes) =>
        Bytes + ((payloadBytes + AlignmentBytes - 1) & -AlignmentBytes);

    /// <summary>The length field of a header, checked or not.</summary>
    public static int ReadLength(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt32LittleEndian(header[LengthOffset..]);

    /// <summary>The salt of a header's checksum.</summary>
    public static uint Salt(uint seed, long offset) => seed ^ (uint)(offset / AlignmentBytes);

    /// <summary>Writes every field but the checksum, which <see cref="Finish"/> adds.</summary>
    public void Write(Span<byte> header)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header[PreviousOffset..], Previous);
        BinaryPrimitives.WriteInt32LittleEndian(header[LengthOffset..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[PayloadChecksumOffset..], PayloadChecksum);
        header[TypeOffset] = (byte)Type;
        header[FlagsOffset] = (byte)Flags;
        header[KindOffset] = Kind;
        header[ZeroOffset] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(header[BackOffset..], Back);
        BinaryPrimitives.WriteInt32LittleEndian(header[RawLengthOffset..], RawLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[EntriesOffset..], Entries);
        BinaryPrimitives.WriteUInt32LittleEndian(header[StatesOffset..], States);
        BinaryPrimitives.WriteInt32LittleEndian(header[ReservedOffset..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(header[GroupOffset..], Group);
        BinaryPrimitives.WriteInt64LittleEndian(header[IndexOffset..], Index);
        BinaryPrimitives.WriteInt64LittleEndian(header[TagOffset..], Tag);
    }

    /// <summary>Computes and writes the checksum; returns it, as the next record's <see cref="Previous"/>.</summary>
    public static uint Finish(Span<byte> header, uint seed, long offset)
    {
        uint checksum = Crc32C.Compute(Salt(seed, offset), header[ChecksumBytes..Bytes]);
        BinaryPrimitives.WriteUInt32LittleEndian(header, checksum);
        return checksum;
    }

    /// <summary>Reads the fields without checking the checksum; for bytes this process wrote.</summary>
    public static RecordHeader Read(ReadOnlySpan<byte> header) => new()
    {
        Checksum = BinaryPrimitives.ReadUInt32LittleEndian(header),
        Previous = BinaryPrimitives.ReadUInt32LittleEndian(header[PreviousOffset..]),
        Length = BinaryPrimitives.ReadInt32LittleEndian(header[LengthOffset..]),
        PayloadChecksum = BinaryPrimitives.ReadUInt32LittleEndian(header[PayloadChecksumOffset..]),
        Type = (RecordType)header[TypeOffset],
        Flags = (RecordFlags)header[FlagsOffset],
        Kind = header[KindOffset],
        Back = BinaryPrimitives.ReadInt32LittleEndian(header[BackOffset..]),
        RawLength = BinaryPrimitives.ReadInt32LittleEndian(header[RawLengthOffset..]),
        Entries = BinaryPrimitives.ReadUInt32LittleEndian(header[EntriesOffset..]),
        States = BinaryPrimitives.ReadUInt32LittleEndian(header[StatesOffset..]),
        Group = BinaryPrimitives.ReadInt64LittleEndian(header[GroupOffset..]),
        Index = BinaryPrimitives.ReadInt64LittleEndian(header[IndexOffset..]),
        Tag = BinaryPrimitives.ReadInt64LittleEndian(header[TagOffset..]),
    };

    /// <summary>
    /// The first place, a multiple of <see cref="AlignmentBytes"/>, where a header may begin going by the fields that take few values; when
    /// there is none, the first where less than a header follows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int FindPossible(ReadOnlySpan<byte> bytes)
    {
        ulong neverSet = NeverSet;
        ulong type = TypeField;
        int at = 0;
        for (; at + TypeOffset + Vector256<byte>.Count <= bytes.Length; at += Vector256<byte>.Count)
        {
            Vector256<ulong> fields = Vector256.Create(bytes.Slice(at + TypeOffset, Vector256<byte>.Count)).AsUInt64();
            Vector256<ulong> isSane = Vector256.Equals(fields & Vector256.Create(neverSet), Vector256<ulong>.Zero);
            Vector256<ulong> isNone = Vector256.Equals(fields & Vector256.Create(type), Vector256<ulong>.Zero);
            if (Vector256.AndNot(isSane, isNone) != Vector256<ulong>.Zero)
                break;
        }

        for (; at + Bytes <= bytes.Length; at += AlignmentBytes)
        {
            ulong fields = MemoryMarshal.Read<ulong>(bytes[(at + TypeOffset)..]);
            if ((fields & neverSet) == 0 && (fields & type) != 0)
                break;
        }

        return at;
    }

    /// <summary>Reads a header from untrusted bytes; false when it is not one of this segment at this offset.</summary>
    /// <param name="header">At least <see cref="Bytes"/> bytes.</param>
    /// <param name="seed">The segment's seed.</param>
    /// <param name="offset">Where in the segment the header stands.</param>
    /// <param name="result">The fields, within their ranges.</param>
    public static bool TryRead(ReadOnlySpan<byte> header, uint seed, long offset, out RecordHeader result)
    {
        result = default;
        if (header[TypeOffset] is 0 or > (byte)RecordType.Repair || header[FlagsOffset] > 3 || header[ZeroOffset] != 0)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Crc32C.Compute(Salt(seed, offset), header[ChecksumBytes..Bytes]))
            return false;
        RecordHeader read = Read(header);
        bool sane = read.Length is >= 0 and <= PayloadBytesMax && read.RawLength is >= 0 and <= PayloadBytesMax
            && read.Back >= 0 && read.Back <= offset - SegmentHeader.AreaBytes && read.Index >= 0 && read.Group >= 0;
        if (sane)
            result = read;
        return sane;
    }
}
