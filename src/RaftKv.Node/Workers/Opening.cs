using RaftKv.Storage;

namespace RaftKv.Node.Workers;

/// <summary>Opens parts of a node.</summary>
internal static class Opening
{
    /// <inheritdoc cref="Guard{T}"/>
    public static void Guard(Action act) => Guard(() =>
    {
        act();
        return true;
    });

    /// <summary>Names what storage met, in its own sentence, as the callers of a node know it.</summary>
    public static T Guard<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (StorageException e)
        {
            throw new RaftKvException(e.Message, WriteOutcome.NotApplied, null, e) { Error = RaftKvError.Storage };
        }
    }
}
