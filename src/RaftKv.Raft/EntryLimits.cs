namespace RaftKv.Raft;

/// <summary>How many bytes of entries a core keeps in memory, by what for.</summary>
/// <param name="WindowBytes">See <see cref="RaftOptions.EntryWindowBytes"/>.</param>
/// <param name="ApplyBytes">See <see cref="RaftOptions.ApplyBytesMax"/>.</param>
/// <param name="UnwrittenBytes">
/// How many bytes may be on their way to the disk before new entries are refused: proposals as <see cref="ProposeStatus.Busy"/>, those of a
/// leader as <see cref="ReceiveStatus.NoRoom"/>, which is as if they had been lost. 0 refuses all.
/// </param>
public readonly record struct EntryLimits(long WindowBytes, long ApplyBytes, long UnwrittenBytes);
