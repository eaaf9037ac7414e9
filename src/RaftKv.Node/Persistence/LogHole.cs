using RaftKv.Raft;

namespace RaftKv.Node.Persistence;

/// <summary>Entries that damage took out of the middle of a log.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Anchor">
/// A position of this log that is known, at the last of them or right behind: every log that has it has the very entries that are
/// missing here (Raft 5.3, Log Matching).
/// </param>
public readonly record struct LogHole(LogIndex First, LogIndex Last, LogPosition Anchor)
{
    /// <summary>The range in words.</summary>
    public override string ToString() => First == Last ? $"entry {First}" : $"entries {First} to {Last}";
}
