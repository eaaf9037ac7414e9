namespace RaftKv.Node.Workers;

/// <summary>One part of the memory budget.</summary>
/// <param name="Name">What it is for, as metrics call it.</param>
/// <param name="BytesMax">How many bytes may be in use.</param>
/// <param name="Used">How many are.</param>
internal readonly record struct MemoryPart(string Name, long BytesMax, long Used);
