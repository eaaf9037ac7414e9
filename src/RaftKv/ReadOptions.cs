namespace RaftKv;

/// <summary>How fresh a read is and at which revision it looks.</summary>
public class ReadOptions
{
    internal static ReadOptions Default { get; } = new();

    /// <summary>Whether the member answers from its own state at once, possibly stale, even without a leader.</summary>
    /// <value>
    /// Default false: the read is linearizable and costs one confirmation by a majority, shared by reads that arrive together.
    /// </value>
    public bool Serializable { get; init; }

    /// <summary>The store revision to read at.</summary>
    /// <value>Default 0: the newest. Must not be compacted, nor in the future.</value>
    public long Revision { get; init; }
}
