namespace RaftKv;

/// <summary>What is known about a write that did not return a result.</summary>
public enum WriteOutcome : byte
{
    /// <summary>The write has not happened and never will: it is safe to try again.</summary>
    NotApplied = 0,

    /// <summary>
    /// The write may have happened or may still happen: the deadline passed, or the node stopped, after it could have been
    /// appended to the log. Try again only what is idempotent or guarded by a comparison.
    /// </summary>
    Unknown = 1,
}
