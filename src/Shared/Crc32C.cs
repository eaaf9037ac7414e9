using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RaftKv;

/// <summary>CRC-32C (Castagnoli), by the processor's instruction where it has one.</summary>
/// <remarks>
/// The instruction answers after three cycles but takes new work in each, so long inputs are summed in three lanes side by side.
/// A lane's sum is moved past the bytes behind it by a table, because appending zeros to the input is a linear map of the sum
/// (Gueron, Kounavis: Fast CRC computation for iSCSI polynomial using CRC32 instruction, 2010). Optimized from the first call on: a process
/// begins by reading a whole log. This file is compiled into every
/// assembly that checks bytes, so that the leaves share no reference.
/// </remarks>
internal static class Crc32C
{
    private const int LaneBytes = 512;
    private const int LaneWords = LaneBytes / sizeof(ulong);

    private static readonly uint[] PastOneLane = BuildShift();

    /// <summary>The standard checksum of some bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Compute(0, data);

    /// <summary>The checksum begun from a salt: with another salt the same bytes always give another checksum.</summary>
    /// <remarks>A checksum as salt continues it: <c>Compute(Compute(a), b)</c> is the checksum of a followed by b.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Compute(uint salt, ReadOnlySpan<byte> data)
    {
        uint crc = ~salt;
        while (data.Length >= 3 * LaneBytes)
        {
            crc = SumLanes(crc, MemoryMarshal.Cast<byte, ulong>(data[..(3 * LaneBytes)]));
            data = data[(3 * LaneBytes)..];
        }

        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(data))
            crc = BitOperations.Crc32C(crc, Little(word));
        foreach (byte value in data[(data.Length & -sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint SumLanes(uint crc, ReadOnlySpan<ulong> words)
    {
        ReadOnlySpan<ulong> first = words[..LaneWords];
        ReadOnlySpan<ulong> second = words.Slice(LaneWords, LaneWords);
        ReadOnlySpan<ulong> third = words.Slice(2 * LaneWords, LaneWords);
        uint next = 0;
        uint last = 0;
        for (int i = 0; i < first.Length && i < second.Length && i < third.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, Little(first[i]));
            next = BitOperations.Crc32C(next, Little(second[i]));
            last = BitOperations.Crc32C(last, Little(third[i]));
        }

        return Shift(Shift(crc) ^ next) ^ last;
    }

    private static ulong Little(ulong word) =>
        BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);

    private static uint Shift(uint crc) =>
        PastOneLane[(byte)crc] ^ PastOneLane[256 + (byte)(crc >> 8)]
        ^ PastOneLane[512 + (byte)(crc >> 16)] ^ PastOneLane[768 + (crc >> 24)];

    /// <summary>For each byte of a sum and each of its values: what becomes of it behind a lane of zeros.</summary>
    private static uint[] BuildShift()
    {
        uint[] table = new uint[4 * 256];
        for (int position = 0; position < 4; position++)
        {
            for (uint value = 0; value < 256; value++)
            {
                uint crc = value << (8 * position);
                for (int i = 0; i < LaneWords; i++)
                    crc = BitOperations.Crc32C(crc, 0UL);
                table[(position * 256) + value] = crc;
            }
        }

        return table;
    }
}
