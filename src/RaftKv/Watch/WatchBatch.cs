namespace RaftKv.Watch;

/// <summary>Changes of one or more whole revisions, in order. The events of one revision are never split over two batches.</summary>
public sealed class WatchBatch
{
    /// <summary>Everything up to and including this revision has been delivered: a watch resumes at the next one.</summary>
    public required long Revision { get; init; }

    /// <summary>The changes, by revision and, within one, in the order in which the transaction made them; at least one.</summary>
    public required IReadOnlyList<WatchEvent> Events { get; init; }
}
