namespace RaftKv.Watch;

/// <summary>What happened to a key.</summary>
public enum WatchEventKind : byte
{
    /// <summary>It was put: created or replaced.</summary>
    Put = 1,

    /// <summary>It was deleted.</summary>
    Delete = 2,
}

/// <summary>One change of one key.</summary>
public sealed class WatchEvent
{
    /// <summary>What happened.</summary>
    public required WatchEventKind Kind { get; init; }

    /// <summary>The key.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The revision at which it happened; shared by all changes of one transaction.</summary>
    public required long Revision { get; init; }

    /// <summary>The pair that a put left; null for a deletion.</summary>
    public KeyValue? Current { get; init; }

    /// <summary>The pair before, when asked for, there was one, and its history is still kept.</summary>
    public KeyValue? Previous { get; init; }
}
