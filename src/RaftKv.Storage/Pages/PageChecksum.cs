using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>CRC-32C (Castagnoli), the checksum of pages, metas and value runs.</summary>
internal static class PageChecksum
{
    /// <summary>The checksum of some bytes as pointers keep it: never 0, which means "not written yet" there.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Sealed(Append(uint.MaxValue, bytes));

    /// <summary>Goes on with a running value that began as all ones.</summary>
    public static uint Append(uint running, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            running = BitOperations.Crc32C(running, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        for (int i = words.Length * sizeof(ulong); i < bytes.Length; i++)
            running = BitOperations.Crc32C(running, bytes[i]);
        return running;
    }

    /// <summary>Ends a running value.</summary>
    public static uint Sealed(uint running)
    {
        uint crc = ~running;
        return crc == 0 ? uint.MaxValue : crc;
    }
}
