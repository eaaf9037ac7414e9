namespace RaftKv.Storage.Wal;

/// <summary>What is wrong with a log besides a torn end.</summary>
public enum WalDamageKind
{
    /// <summary>Records that were durable are not what was written; the ones behind them are sound.</summary>
    Records,

    /// <summary>A segment between others is not there.</summary>
    MissingSegment,

    /// <summary>A segment is there, but its header is not sound, or it is cut, or is not the one its name says.</summary>
    UnreadableSegment,

    /// <summary>A segment belongs to another log.</summary>
    ForeignSegment,

    /// <summary>A segment has a format version that this program does not know.</summary>
    NewerFormat,
}

/// <summary>One damaged place and what was lost there.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="File">The segment file.</param>
/// <param name="Offset">Where the damage begins, in bytes from the start of the file.</param>
/// <param name="Bytes">How far it reaches; 0 where something is missing between two sound records or the file is.</param>
/// <param name="What">The finding in words.</param>
/// <param name="Lost">What is known to be lost, by group; exact when <paramref name="LossIsKnown"/>.</param>
/// <param name="LossIsKnown">
/// False while no later record of each group tells its counters: then a group's last entries or its state may be lost too.
/// </param>
public sealed record WalDamage(
    WalDamageKind Kind, string File, long Offset, long Bytes, string What, IReadOnlyList<WalLoss> Lost, bool LossIsKnown);

/// <summary>What a group lost.</summary>
/// <param name="Group">The group.</param>
/// <param name="FirstIndex">The first entry lost.</param>
/// <param name="LastIndex">The last entry lost; one less than the first when only the state is.</param>
/// <param name="State">Whether the state blob is an older one than the last that was durable.</param>
public sealed record WalLoss(long Group, long FirstIndex, long LastIndex, bool State);

/// <summary>The files are not this log's, or of a later format; nothing was read from them or changed.</summary>
/// <param name="damage">The finding.</param>
public sealed class WalFormatException(WalDamage damage) : StorageException($"{damage.File}: {damage.What}")
{
    /// <summary>The finding.</summary>
    public WalDamage Damage { get; } = damage;
}
