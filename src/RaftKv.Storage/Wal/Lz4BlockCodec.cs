using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RaftKv.Storage.Wal;

/// <summary>The LZ4 block format: any LZ4 decoder reads what this writes, and the other way round.</summary>
/// <remarks>
/// A block is a row of sequences: a token (high half: literals, low half: match length less 4, 15 meaning that bytes follow which
/// add up), the literals, a two-byte distance back, the match. The last sequence has literals only: at least the last five bytes,
/// and no match begins in the last twelve. Every access is bounds-checked; comparing and copying run on whole vectors.
/// </remarks>
public sealed class Lz4BlockCodec : IBlockCodec
{
    private const int MatchBytesMin = 4;
    private const int TailLiterals = 5;
    private const int LastMatchStart = 12;
    private const int DistanceMax = 65535;
    private const int LongLength = 15;
    private const int HashBits = 12;

    // Short pieces are copied as one vector; what it writes past their end is overwritten by the pieces that follow.
    private const int ShortBytes = 16;

    // After this many misses in a row (a power of two) the search takes longer steps, so that random bytes cost little.
    private const int PatienceBits = 6;

    private Lz4BlockCodec()
    {
    }

    /// <summary>The codec; it has no settings.</summary>
    public static Lz4BlockCodec Instance { get; } = new();

    /// <inheritdoc/>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Span<int> latest = stackalloc int[1 << HashBits];
        latest.Clear();
        Writer writer = new(destination);
        int anchor = 0;
        int position = 0;
        int misses = 0;
        while (position <= source.Length - LastMatchStart - 1)
        {
            uint four = ReadFour(source, position);
            ref int slot = ref latest[(int)((four * 2654435761u) >> (32 - HashBits))];
            int candidate = slot - 1;
            slot = position + 1;
            if (candidate < 0 || position - candidate > DistanceMax || ReadFour(source, candidate) != four)
            {
                position += 1 + (misses++ >> PatienceBits);
                continue;
            }

            misses = 0;
            while (position > anchor && candidate > 0 && source[position - 1] == source[candidate - 1])
            {
                position--;
                candidate--;
            }

            ReadOnlySpan<byte> here = source[(position + MatchBytesMin)..(source.Length - TailLiterals)];
            int length = MatchBytesMin + here.CommonPrefixLength(source[(candidate + MatchBytesMin)..]);
            if (!writer.TryWrite(source[anchor..position], position - candidate, length))
                return 0;
            position += length;
            anchor = position;
        }

        return writer.TryWrite(source[anchor..], 0, 0) ? writer.Length : 0;
    }

    /// <inheritdoc/>
    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int at = 0;
        int filled = 0;
        while (at < source.Length)
        {
            int token = source[at++];
            if (!TryReadLength(source, ref at, token >> 4, out int literals))
                return false;
            if (literals > source.Length - at || literals > destination.Length - filled)
                return false;
            if (literals <= ShortBytes && source.Length - at >= ShortBytes && destination.Length - filled >= ShortBytes)
                Vector128.Create(source[at..]).CopyTo(destination[filled..]);
            else
                source.Slice(at, literals).CopyTo(destination[filled..]);
            filled += literals;
            at += literals;
            if (at == source.Length)
                return filled == destination.Length && (token & LongLength) == 0;

            if (source.Length - at < sizeof(ushort))
                return false;
            int distance = BinaryPrimitives.ReadUInt16LittleEndian(source[at..]);
            at += sizeof(ushort);
            if (!TryReadLength(source, ref at, token & LongLength, out int match))
                return false;
            match += MatchBytesMin;
            if (distance == 0 || distance > filled || match > destination.Length - filled)
                return false;
            if (match <= ShortBytes && distance >= ShortBytes && destination.Length - filled >= ShortBytes)
                Vector128.Create((ReadOnlySpan<byte>)destination[(filled - distance)..]).CopyTo(destination[filled..]);
            else
                Repeat(destination, filled, distance, match);
            filled += match;
        }

        return false;
    }

    private static uint ReadFour(ReadOnlySpan<byte> source, int position) =>
        MemoryMarshal.Read<uint>(source.Slice(position, sizeof(uint)));

    /// <summary>Copies bytes from a distance back; where they overlap what is copied grows twofold with each piece.</summary>
    private static void Repeat(Span<byte> destination, int position, int distance, int length)
    {
        int start = position - distance;
        while (length > 0)
        {
            int piece = Math.Min(length, position - start);
            destination.Slice(start, piece).CopyTo(destination[position..]);
            position += piece;
            length -= piece;
        }
    }

    private static bool TryReadLength(ReadOnlySpan<byte> source, ref int at, int nibble, out int length)
    {
        length = nibble;
        if (nibble < LongLength)
            return true;
        while (at < source.Length)
        {
            byte more = source[at++];
            length += more;
            if ((uint)length > int.MaxValue - MatchBytesMin)
                return false;
            if (more < byte.MaxValue)
                return true;
        }

        return false;
    }

    private ref struct Writer(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        /// <summary>Writes a sequence; a match of length 0 ends the block.</summary>
        public bool TryWrite(ReadOnlySpan<byte> literals, int distance, int match)
        {
            int extra = Math.Max(0, match - MatchBytesMin);
            int needed = 1 + (literals.Length / byte.MaxValue) + 1 + literals.Length + sizeof(ushort) + (extra / byte.MaxValue) + 1;
            if (needed > _destination.Length - Length)
                return false;
            _destination[Length++] = (byte)((Math.Min(literals.Length, LongLength) << 4) | Math.Min(extra, LongLength));
            WriteLength(literals.Length);
            literals.CopyTo(_destination[Length..]);
            Length += literals.Length;
            if (match == 0)
                return true;
            BinaryPrimitives.WriteUInt16LittleEndian(_destination[Length..], (ushort)distance);
            Length += sizeof(ushort);
            WriteLength(extra);
            return true;
        }

        private void WriteLength(int length)
        {
            if (length < LongLength)
                return;
            int rest = length - LongLength;
            for (; rest >= byte.MaxValue; rest -= byte.MaxValue)
                _destination[Length++] = byte.MaxValue;
            _destination[Length++] = (byte)rest;
        }
    }
}
