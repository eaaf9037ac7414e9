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
    /// <value>Files; default 2; 0 deletes all. Reusing a file saves reserving space for a new one.</value>
    public int SpareSegmentsMax { get; init; } = 2;

    /// <summary>Whether the next segment is prepared by a thread of its own once half of the present one is used.</summary>
    /// <value>
    /// True by default: appends then wait for no more than one flush where the log moves on. False: the append that fills a segment prepares
    /// the next one, and no thread is ever started, nor when several segments are read on opening; for runs that must be repeatable to the
    /// last operation.
    /// </value>
    public bool PreparesAhead { get; init; } = true;

    /// <summary>Whether that is done by the append itself once it is durable, so that a test meets every moment of it.</summary>
    internal bool PreparesInline { get; init; }

    internal bool StartsThreads => PreparesAhead && !PreparesInline;

    /// <summary>Bytes of waiting batches that one write takes; the rest waits for the next.</summary>
    /// <value>Bytes; default 8 MiB; a single batch may be larger.</value>
    /// <remarks>Too small: more flushes under load. Too large: one caller waits long for the others' bytes.</remarks>
    public int WriteBytesMax { get; init; } = 8 << 20;

    /// <summary>Entries of at least this many bytes are compressed by <see cref="Codec"/> when that makes them an eighth shorter.</summary>
    /// <value>Bytes; default 4096; <see cref="int.MaxValue"/> compresses nothing.</value>
    /// <remarks>
    /// The caller's thread compresses, before it queues; payloads whose bytes look random are not tried. Too small: time spent
    /// on payloads that hardly shrink. Too large: more bytes to disk. Entries compressed before stay readable whatever the setting.
    /// </remarks>
    public int CompressionThresholdBytes { get; init; } = 4096;

    /// <summary>Compresses and restores payloads.</summary>
    /// <value>Default <see cref="Lz4BlockCodec"/>; another one must read and write the LZ4 block format too.</value>
    public IBlockCodec Codec { get; init; } = Lz4BlockCodec.Instance;

    /// <summary>Whether a damaged log is opened with what is sound in it.</summary>
    /// <value>
    /// False, the default: opening throws. True: <see cref="WalRecoveryReport.Damage"/> tells what is lost, reading a lost entry
    /// throws, and its tag is <see cref="WriteAheadLog.UnknownTag"/> where that is lost too.
    /// </value>
    /// <remarks>
    /// For owners that can fetch lost entries elsewhere and put them back (<see cref="WalBatch.AddRepair"/>). A lost state means
    /// that the group may have promised more than it knows.
    /// </remarks>
    public bool KeepWhatFollowsDamage { get; init; }

    /// <summary>Identity given to a log that is created; ignored when it exists.</summary>
    /// <value>0, the default, draws one at random; a simulation sets its own to be repeatable.</value>
    public long Identity { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfNegative(SpareSegmentsMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WriteBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(CompressionThresholdBytes);
        ArgumentNullException.ThrowIfNull(Codec);
    }
}
