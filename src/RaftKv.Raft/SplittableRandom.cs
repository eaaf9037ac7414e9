using System.Numerics;

namespace RaftKv.Raft;

/// <summary>
/// A seeded generator whose sequence is part of the contract: equal seeds draw equal numbers on every platform and version.
/// </summary>
/// <remarks>
/// <see cref="Fork"/> gives each part of a run its own stream, so that a new draw in one part does not shift the others.
/// The algorithm is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
/// Not for secrets.
/// </remarks>
public sealed class SplittableRandom(ulong seed)
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>Draws 64 uniform bits.</summary>
    public ulong NextUInt64() => Mix(_state += GoldenGamma);

    /// <summary>Draws from <c>[0, exclusiveMax)</c>.</summary>
    /// <param name="exclusiveMax">The end of the range, at least 1.</param>
    public long Next(long exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        return (long)Math.BigMul(NextUInt64(), (ulong)exclusiveMax, out _);
    }

    /// <summary>Draws from <c>[0, exclusiveMax)</c>.</summary>
    /// <param name="exclusiveMax">The end of the range, at least 1.</param>
    public int Next(int exclusiveMax) => (int)Next((long)exclusiveMax);

    /// <summary>Draws from <c>[min, exclusiveMax)</c>.</summary>
    public int Range(int min, int exclusiveMax) => min + Next(exclusiveMax - min);

    /// <summary>Draws from <c>[0, 1)</c>.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Fills a span with uniform bytes.</summary>
    public void NextBytes(Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (byte)NextUInt64();
    }

    /// <summary>A generator for one named part of a run, independent of how many numbers other parts draw.</summary>
    /// <param name="part">The name of the part; the same name forked twice at the same state gives the same stream.</param>
    public SplittableRandom Fork(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in part)
            hash = (hash ^ c) * 0x100000001B3;
        return new SplittableRandom(Mix(BitOperations.RotateLeft(_state, 32) ^ hash));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
