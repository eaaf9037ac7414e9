namespace RaftKv.Raft;

/// <summary>The parts of a <see cref="Ready"/> that most of them lack, kept apart so that the common ones stay small.</summary>
internal sealed record ReadyAnswers(
    LogRange[] Ranges, SnapshotOrder[] Snapshots, ReadResult[] Reads, ProposalResult[] Proposals, RaftEvent[] Events);
