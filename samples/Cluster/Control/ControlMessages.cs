namespace RaftKv.Samples.Cluster.Control;

/// <summary>A member's view of itself and of the cluster.</summary>
internal sealed record StatusReply(
    long Node, string Role, long Term, long? Leader, long Commit, long Applied, long Revision, string? Fault);

/// <summary>A put that was acknowledged.</summary>
internal sealed record PutReply(long Revision);

/// <summary>A request that failed; the outcome is that of a write.</summary>
internal sealed record ErrorReply(string Outcome, string Error, string Message);

/// <summary>One pair of a page.</summary>
internal sealed record PairReply(string Key, string Value, long ModRevision);

/// <summary>A page of pairs in key order.</summary>
internal sealed record RangeReply(long Revision, bool More, IReadOnlyList<PairReply> Items);

/// <summary>One change of a watch; no value for a deletion.</summary>
internal sealed record EventReply(long Revision, string Key, string? Value);

/// <summary>A line of a watch: the changes of whole revisions.</summary>
internal sealed record WatchLine(long Revision, IReadOnlyList<EventReply> Events);

/// <summary>One member, as the member that was asked knows it.</summary>
internal sealed record MemberReply(long Node, string Kind, string Address, bool Leads, long? Lag);

/// <summary>The fingerprint of everything a member holds.</summary>
internal sealed record HashReply(long Revision, string Hash);
