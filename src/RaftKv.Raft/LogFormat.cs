using System.Globalization;

namespace RaftKv.Raft;

/// <summary>
/// In which form a group's members write what they replicate: two numbers, because the library and the machine above it change on their
/// own. It stands in the <see cref="Membership.Configuration"/> and only ever rises, to what every member has said that it speaks.
/// </summary>
/// <param name="Library">What the library adds to commands and keeps beside them; 1 to <see cref="NumberMax"/>.</param>
/// <param name="Machine">What commands hold, and what the machine makes of them; 1 to <see cref="NumberMax"/>.</param>
/// <remarks>In text <c>1.2</c>. One format is newer than another when neither number is lower and they are not equal.</remarks>
public readonly record struct LogFormat(int Library, int Machine)
{
    /// <summary>The largest number.</summary>
    public const int NumberMax = ushort.MaxValue;

    /// <summary>What every build speaks that does not say otherwise: 1.1.</summary>
    public static LogFormat First => new(1, 1);

    /// <summary>Whether both numbers are within their range.</summary>
    public bool IsValid => Library is >= 1 and <= NumberMax && Machine is >= 1 and <= NumberMax;

    /// <summary>Whether neither number is lower than the other format's.</summary>
    public bool IsAtLeast(LogFormat other) => Library >= other.Library && Machine >= other.Machine;

    /// <summary>The lower of each number: what is spoken by whoever speaks up to one, and by whoever speaks up to the other.</summary>
    public static LogFormat Lower(LogFormat one, LogFormat other) =>
        new(Math.Min(one.Library, other.Library), Math.Min(one.Machine, other.Machine));

    /// <summary>The text form.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Library}.{Machine}");
}
