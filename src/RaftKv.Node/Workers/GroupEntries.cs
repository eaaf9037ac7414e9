namespace RaftKv.Node.Workers;

/// <summary>What one group's core holds in memory.</summary>
/// <param name="Held">Bytes of entries that the disk has, and of those handed to the machine.</param>
/// <param name="Unwritten">Bytes of entries on their way to the disk.</param>
internal readonly record struct GroupEntries(long Held, long Unwritten);
