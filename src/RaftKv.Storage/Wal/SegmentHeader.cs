using System.Buffers.Binary;
using System.Globalization;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>What a segment file says of itself, in two copies in its first page; docs/format.md draws it.</summary>
/// <param name="Identity">Drawn when the log was created, the same in all its segments: a file of another log is seen.</param>
/// <param name="Sequence">Position among the segments, from 1 without gaps; also the file's name.</param>
/// <param name="FileBytes">Length of the file when it was prepared; a shorter one was cut.</param>
internal readonly record struct SegmentHeader(long Identity, long Sequence, long FileBytes)
{
    /// <summary>The area before the first record.</summary>
    public const int AreaBytes = 4096;

    public const int Version = 1;
    public const int SecondCopyOffset = 2048;

    private const string Suffix = ".wal";
    private const ulong Magic = 0x4C57564B54464152; // "RAFTKVWL"
    private const int CopyBytes = 64;
    private const int VersionOffset = 8;
    private const int IdentityOffset = 16;
    private const int SequenceOffset = 24;
    private const int FileBytesOffset = 32;
    private const int ChecksumOffset = 60;

    /// <summary>Salts the records' checksums. Two segments of one log within 2^32 of each other never share it.</summary>
    public uint Seed => (uint)Identity ^ (uint)(Identity >> 32) ^ unchecked((uint)Sequence * 0x9E3779B1);

    public static string FileName(long sequence) => sequence.ToString("D19", CultureInfo.InvariantCulture) + Suffix;

    public static bool TryParseFileName(string name, out long sequence)
    {
        sequence = 0;
        return name.EndsWith(Suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out sequence)
            && sequence > 0 && FileName(sequence) == name;
    }

    /// <summary>Writes both copies.</summary>
    /// <param name="area">The first <see cref="AreaBytes"/> of the file.</param>
    public void Write(Span<byte> area)
    {
        area.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(area, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(area[VersionOffset..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(area[IdentityOffset..], Identity);
        BinaryPrimitives.WriteInt64LittleEndian(area[SequenceOffset..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(area[FileBytesOffset..], FileBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(area[ChecksumOffset..], Crc32C.Compute(area[..ChecksumOffset]));
        area[..CopyBytes].CopyTo(area[SecondCopyOffset..]);
    }

    /// <summary>Reads one copy from untrusted bytes.</summary>
    /// <returns>Whether the bytes are a header, whatever its version; the fields are set only for a version this code knows.</returns>
    public static bool TryRead(ReadOnlySpan<byte> copy, out SegmentHeader header, out int version)
    {
        header = default;
        version = 0;
        if (BinaryPrimitives.ReadUInt64LittleEndian(copy) != Magic)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(copy[ChecksumOffset..]) != Crc32C.Compute(copy[..ChecksumOffset]))
            return false;
        version = BinaryPrimitives.ReadInt32LittleEndian(copy[VersionOffset..]);
        if (version != Version)
            return true;
        header = new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(copy[IdentityOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(copy[SequenceOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(copy[FileBytesOffset..]));
        return true;
    }
}
