namespace RaftKv.Samples.Cluster.Control;

/// <summary>What a writer knows about its put.</summary>
internal enum PutOutcomeKind
{
    Acknowledged,

    /// <summary>It has not happened and never will: it may be sent again.</summary>
    NotApplied,

    /// <summary>It may have happened: sending it again could do it twice.</summary>
    Unknown,
}

/// <summary>The end of one put, with its revision when it was acknowledged and the reason when it was not.</summary>
internal sealed record PutOutcome(PutOutcomeKind Kind, long Revision, string Reason);
