using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace RaftKv.Testing.World;

/// <summary>One number for everything that happened in a run: equal seeds must give equal numbers.</summary>
public sealed class TraceHash
{
    private const ulong Prime = 0x100000001B3;

    /// <summary>The hash of everything added so far (FNV-1a over 64 bits at a time, folded so that high bits count below).</summary>
    public ulong Value { get; private set; } = 0xCBF29CE484222325;

    /// <summary>How many numbers were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds numbers in order.</summary>
    public void Add(params ReadOnlySpan<long> numbers)
    {
        foreach (long number in numbers)
            Mix((ulong)number);
        Count += numbers.Length;
    }

    /// <summary>Adds a text.</summary>
    public void Add(string text) => Add(MemoryMarshal.AsBytes(text.AsSpan()));

    /// <summary>Adds bytes in order.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Count += bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            Mix(b);
    }

    private void Mix(ulong number)
    {
        ulong mixed = unchecked((Value ^ number) * Prime);
        Value = mixed ^ (mixed >> 32);
    }
}
