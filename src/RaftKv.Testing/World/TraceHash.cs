namespace RaftKv.Testing.World;

/// <summary>One number for everything that happened in a run: equal seeds must give equal numbers.</summary>
public sealed class TraceHash
{
    private const ulong Prime = 0x100000001B3;

    /// <summary>The hash of everything added so far (FNV-1a, 64 bits).</summary>
    public ulong Value { get; private set; } = 0xCBF29CE484222325;

    /// <summary>How many numbers were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds numbers in order.</summary>
    public void Add(params ReadOnlySpan<long> numbers)
    {
        foreach (long number in numbers)
            Value = unchecked((Value ^ (ulong)number) * Prime);
        Count += numbers.Length;
    }

    /// <summary>Adds bytes in order.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            Value = unchecked((Value ^ b) * Prime);
        Count += bytes.Length;
    }
}
