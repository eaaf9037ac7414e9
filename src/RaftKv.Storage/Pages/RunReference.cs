using System.Buffers.Binary;

namespace RaftKv.Storage.Pages;

/// <summary>Where a large value lies: pages that follow each other, bare bytes, under one checksum.</summary>
/// <param name="Page">The first page.</param>
/// <param name="Checksum">CRC-32C of the value's bytes.</param>
/// <param name="Length">Length of the value in bytes.</param>
internal readonly record struct RunReference(uint Page, uint Checksum, long Length)
{
    /// <summary>Bytes of a reference; it is the end of the cell's value.</summary>
    public const int Bytes = 16;

    /// <summary>No key is longer than this.</summary>
    public const int KeyBytesMax = 1 << 16;

    public uint PageCount(int pageSizeBytes) => (uint)((Length + pageSizeBytes - 1) / pageSizeBytes);

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Page);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Checksum);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Length);
    }

    /// <summary>Takes the reference off the end of a cell's value.</summary>
    public static RunReference FromEnd(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> source = value[^Bytes..];
        return new RunReference(BinaryPrimitives.ReadUInt32LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]));
    }
}
