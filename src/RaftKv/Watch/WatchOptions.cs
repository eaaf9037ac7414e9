namespace RaftKv.Watch;

/// <summary>From where and what a watch delivers.</summary>
public sealed class WatchOptions
{
    internal static WatchOptions Default { get; } = new();

    /// <summary>The first revision to deliver. A past one is replayed from history, a future one is waited for.</summary>
    /// <value>Default 0: the next one after this member's revision at the moment the watch is asked for.</value>
    public long FromRevision { get; init; }

    /// <summary>Whether puts are left out.</summary>
    /// <value>Default false.</value>
    public bool ExcludePuts { get; init; }

    /// <summary>Whether deletions are left out.</summary>
    /// <value>Default false.</value>
    public bool ExcludeDeletes { get; init; }

    /// <summary>Whether each event carries the pair before it.</summary>
    /// <value>Default false, which spares one read for every event.</value>
    public bool IncludePrevious { get; init; }

    /// <summary>Size at which a batch ends, counting keys and values. A revision is never split, so one may be larger.</summary>
    /// <value>Bytes, 1 KiB to 64 MiB; default 1 MiB. Bounds the memory of a watch together with the size of a transaction.</value>
    public int BatchBytesMax { get; init; } = 1024 * 1024;
}
