namespace RaftKv.Raft;

/// <summary>A run of log entries, both ends included.</summary>
/// <param name="First">The first entry wanted.</param>
/// <param name="Last">The last entry wanted; not before <paramref name="First"/>.</param>
public readonly record struct LogRange(LogIndex First, LogIndex Last);
