namespace RaftKv.Storage.Mvcc;

/// <summary>One piece of a damaged store that <see cref="StoreSalvage"/> could not read.</summary>
/// <param name="Part">What it belonged to.</param>
/// <param name="File">The damaged file, as its directory names it.</param>
/// <param name="Offset">Where the piece begins, in bytes from the start of the file.</param>
/// <param name="Page">Number of its page, the first one of a large value; 0 for a meta.</param>
/// <param name="FirstKey">No lost entry has a smaller key; empty when the beginning is not known.</param>
/// <param name="EndKey">All lost entries have smaller keys; empty when the end is not known.</param>
/// <param name="Entries">Entries lost: keys, versions or blobs; 0 for a checkpoint.</param>
/// <param name="Reason">What was wrong, in words.</param>
public sealed record StoreSalvageLoss(StoreSalvagePart Part, string File, long Offset, long Page, ReadOnlyMemory<byte> FirstKey,
    ReadOnlyMemory<byte> EndKey, long Entries, string Reason);
