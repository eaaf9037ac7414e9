using System.Buffers.Binary;
using System.Numerics;

namespace RaftKv.Storage.Disk;

/// <summary>CRC-32C (Castagnoli), by the processor's instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>The standard checksum of some bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Compute(0, data);

    /// <summary>The checksum begun from a salt: with another salt the same bytes always give another checksum.</summary>
    /// <remarks>A checksum as salt continues it: <c>Compute(Compute(a), b)</c> is the checksum of a followed by b.</remarks>
    public static uint Compute(uint salt, ReadOnlySpan<byte> data)
    {
        uint crc = ~salt;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
