namespace RaftKv.Raft;

/// <summary>A run of log entries, both ends included.</summary>
/// <param name="First">The first entry wanted.</param>
/// <param name="Last">The last entry wanted; not before <paramref name="First"/>.</param>
/// <param name="BytesMax">How many bytes of them there is room for; one entry is wanted in any case.</param>
public readonly record struct LogRange(LogIndex First, LogIndex Last, long BytesMax = long.MaxValue);
