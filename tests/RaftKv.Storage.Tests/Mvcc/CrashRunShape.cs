namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>What a <see cref="CrashRun"/> does, and how closely it is looked at.</summary>
/// <param name="Steps">Batches.</param>
/// <param name="Keys">Different keys.</param>
/// <param name="ValueBytesMax">Longest common value; one in twenty is up to twenty times as long.</param>
/// <param name="StatesMax">The most states visited at one moment.</param>
/// <param name="Empties">Whether the run ends by deleting nearly everything, compacting and shrinking.</param>
/// <param name="Fills">
/// Whether the disk is full for a while, in which deletions and compaction go on from the reserve, and has room again after it.
/// </param>
internal sealed record CrashRunShape(int Steps, int Keys, int ValueBytesMax, int StatesMax, bool Empties = false, bool Fills = false);
