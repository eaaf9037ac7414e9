namespace RaftKv.Storage.Mvcc;

/// <summary>A place in whatever log the store follows. The store keeps it and never interprets it.</summary>
/// <param name="Term">Term of the entry; 0 for a store that follows no log.</param>
/// <param name="Index">Index of the entry; 0 before the first.</param>
public readonly record struct StorePosition(long Term, long Index);
