namespace RaftKv.Raft;

/// <summary>The answer to a read request (Raft thesis 6.4).</summary>
/// <param name="RequestId">The number it was asked under.</param>
/// <param name="Outcome">Whether the read may be served.</param>
/// <param name="Index">The read is linearizable on a state machine that has applied at least this entry.</param>
public readonly record struct ReadResult(long RequestId, ReadOutcome Outcome, LogIndex Index);
