using RaftKv.Raft;

namespace RaftKv;

/// <summary>The one exception of the public surface. Its first question is whether the write happened.</summary>
/// <param name="message">One sentence that says what failed.</param>
/// <param name="outcome">Whether the write may have happened; for anything but a write, <see cref="WriteOutcome.NotApplied"/>.</param>
/// <param name="leader">The leader as known when it failed, or null.</param>
/// <param name="inner">What caused it, or null.</param>
public sealed class RaftKvException(string message, WriteOutcome outcome, NodeId? leader = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Whether the write may have happened. <see cref="WriteOutcome.NotApplied"/> is safe to try again.</summary>
    public WriteOutcome Outcome { get; } = outcome;

    /// <summary>The leader as known when the operation failed; null when none was known. A hint: it may have changed since.</summary>
    public NodeId? LeaderHint { get; } = leader;

    /// <summary>Why it failed, for callers that act on it rather than show it.</summary>
    public RaftKvError Error { get; init; } = RaftKvError.Unspecified;
}
