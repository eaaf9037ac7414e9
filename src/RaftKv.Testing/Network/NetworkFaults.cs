namespace RaftKv.Testing.Network;

/// <summary>How a simulated network treats messages.</summary>
public sealed class NetworkFaults
{
    /// <summary>A network that only takes a moment.</summary>
    public static NetworkFaults None { get; } = new();

    /// <summary>The probability that a message is lost.</summary>
    /// <value>0 to 1; default 0.</value>
    public double LossChance { get; init; }

    /// <summary>The probability that a message arrives twice.</summary>
    /// <value>0 to 1; default 0.</value>
    public double RepeatChance { get; init; }

    /// <summary>The shortest time a message takes.</summary>
    /// <value>Microseconds; default 100.</value>
    public long DelayMicrosMin { get; init; } = 100;

    /// <summary>The longest time a message takes, unless it is delayed more; messages overtake each other within it.</summary>
    /// <value>Microseconds; default 500.</value>
    public long DelayMicrosMax { get; init; } = 500;

    /// <summary>The probability that a message takes up to <see cref="LateMicrosMax"/>.</summary>
    /// <value>0 to 1; default 0.</value>
    public double LateChance { get; init; }

    /// <summary>The probability that a message arrives damaged: its checksum gives it away, and it is dropped.</summary>
    /// <value>0 to 1; default 0.</value>
    public double CorruptChance { get; init; }

    /// <summary>The longest time a late message takes.</summary>
    /// <value>Microseconds; default 2 s, which is beyond an election timeout.</value>
    public long LateMicrosMax { get; init; } = 2_000_000;
}
