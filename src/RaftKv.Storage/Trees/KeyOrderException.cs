namespace RaftKv.Storage.Trees;

/// <summary>A bulk load was given a key that is not behind the one before. The key was not taken; the load may go on with another.</summary>
public sealed class KeyOrderException(long position)
    : ArgumentException($"Key number {position} is not behind the one before it; a bulk load takes ascending keys, each once.")
{
    /// <summary>How many keys had been taken before: the number of this one, counted from 0.</summary>
    public long Position => position;
}
