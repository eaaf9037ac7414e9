namespace RaftKv.Storage.Mvcc;

/// <summary>How far a tool has come with a store.</summary>
/// <param name="Done">Pages examined, or entries copied.</param>
/// <param name="Total">How many there are in all; a damaged store may have fewer.</param>
public readonly record struct StoreProgress(long Done, long Total);
