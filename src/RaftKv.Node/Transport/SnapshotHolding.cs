namespace RaftKv.Node.Transport;

/// <summary>The beginning of a state, left by a fetch that did not end.</summary>
/// <param name="Id">The state's <see cref="SnapshotDescription.Id"/>.</param>
/// <param name="Bytes">How many bytes of it are there; 0 or more.</param>
public readonly record struct SnapshotHolding(long Id, long Bytes);
