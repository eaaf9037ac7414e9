namespace RaftKv.Testing.Network;

/// <summary>What a <see cref="FaultProxy"/> does to the bytes it passes on.</summary>
public sealed class ProxyFaults
{
    /// <summary>Bytes pass as they are.</summary>
    public static ProxyFaults None { get; } = new();

    /// <summary>How much later each piece is passed on than it came.</summary>
    /// <value>Default 0.</value>
    public TimeSpan Delay { get; init; }

    /// <summary>The probability that a bit of a piece is flipped.</summary>
    /// <value>0 to 1; default 0.</value>
    public double DamageChance { get; init; }

    /// <summary>The probability that a piece is left out, which no network does, but a broken machine in between.</summary>
    /// <value>0 to 1; default 0.</value>
    public double DropChance { get; init; }

    /// <summary>Whether nothing passes to the target; it waits, as packets that are lost and sent again.</summary>
    /// <value>Default false.</value>
    public bool StallsThere { get; init; }

    /// <summary>Whether nothing passes back from the target.</summary>
    /// <value>Default false.</value>
    public bool StallsBack { get; init; }
}
