using System.Buffers.Binary;
using System.Text;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>Keys of 16 bytes, decimal in ascending order or scattered, with values of 256 bytes.</summary>
internal sealed class Workload(int count, bool scattered)
{
    public const int KeyBytes = 16;
    public const int ValueBytes = 256;
    public const int EntryBytes = KeyBytes + ValueBytes;

    private readonly byte[] _values = MakeValues();

    public string Name => scattered ? "random" : "ascending";

    public void Key(int number, Span<byte> destination)
    {
        if (scattered)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, Mix((ulong)number + 1));
            BinaryPrimitives.WriteInt64BigEndian(destination[8..], number);
            return;
        }
        Encoding.ASCII.GetBytes(number.ToString("D16", null), destination);
    }

    public ReadOnlySpan<byte> Value(int number) => _values.AsSpan(number & 0xFFF, ValueBytes);

    /// <summary>All numbers, in an order of no pattern unless they are to ascend.</summary>
    public int[] Order(ulong seed, bool ascending = false)
    {
        var numbers = new int[count];
        for (int i = 0; i < count; i++)
            numbers[i] = i;
        for (int i = count - 1; i > 0 && !ascending; i--)
        {
            int j = (int)(Mix(seed + (ulong)i) % (ulong)(i + 1));
            (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
        }
        return numbers;
    }

    private static byte[] MakeValues()
    {
        var values = new byte[0x1000 + ValueBytes];
        for (int i = 0; i < values.Length; i++)
            values[i] = (byte)Mix((ulong)i);
        return values;
    }

    private static ulong Mix(ulong z)
    {
        z = (z + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
