namespace RaftKv.Storage.Wal;

/// <summary>Settings of a <see cref="WriteAheadLog"/>.</summary>
public sealed class WalOptions
{
    /// <summary>Bytes reserved for each segment file.</summary>
    /// <value>Bytes; default 64 MiB; at least 64 KiB. A batch that needs more gets a segment of its own size.</value>
    /// <remarks>
    /// Too small: a switch, with three flushes, every few batches. Too large: space is given back late, because only whole
    /// segments are, and opening looks through more of the last one. May change between openings.
    /// </remarks>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>Released segment files kept for the next segments instead of being deleted.</summary>
    /// <value>Files; default 2; 0 deletes all. Overwriting old blocks flushes faster than first use of new ones.</value>
    public int SpareSegmentsMax { get; init; } = 2;

    /// <summary>Bytes of waiting batches that one write takes; the rest waits for the next.</summary>
    /// <value>Bytes; default 8 MiB; a single batch may be larger.</value>
    /// <remarks>Too small: more flushes under load. Too large: one caller waits long for the others' bytes.</remarks>
    public int WriteBytesMax { get; init; } = 8 << 20;

    /// <summary>Identity given to a log that is created; ignored when it exists.</summary>
    /// <value>0, the default, draws one at random; a simulation sets its own to be repeatable.</value>
    public long Identity { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfNegative(SpareSegmentsMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WriteBytesMax);
    }
}
