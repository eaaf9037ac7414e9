using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// This node's commands that stand in its own log since it leads: their memory goes back to its pool once nobody can look at it.
/// </summary>
/// <remarks>
/// An entry is looked at by the core while it is in the core's window, and by those who were handed a <see cref="Ready"/> before it
/// left the window, until they are done with that. A leader never cuts its own log, so an index stands for one entry; with its
/// leadership everything here is forgotten, and left to the collector.
/// </remarks>
internal sealed class LoggedEnvelopes
{
    private readonly Queue<Held> _held = new();
    private Term _term;

    // Entries before the first left the window when Readys up to the second had been taken.
    private LogIndex _left;
    private long _takenUntilThen;

    /// <summary>A command was appended at an index, this member leading.</summary>
    public void Add(Term term, LogIndex index, EnvelopePool pool, byte[] memory)
    {
        if (term != _term)
            Forget();
        _term = term;
        _held.Enqueue(new Held(index, pool, memory));
    }

    /// <summary>Gives back what nobody looks at any more.</summary>
    /// <param name="core">The core, which owes no Ready at this moment.</param>
    /// <param name="readysTaken">The number of the last Ready that was taken.</param>
    /// <param name="readysDone">Every Ready up to this number was handed back.</param>
    public void Collect(RaftCore core, long readysTaken, long readysDone)
    {
        if (_held.Count == 0)
            return;
        if (core.Role != Role.Leader || core.Term != _term)
        {
            Forget();
            return;
        }
        if (readysDone < _takenUntilThen)
            return;
        while (_held.TryPeek(out Held held) && held.Index < _left)
        {
            _held.Dequeue();
            held.Pool.Return(held.Memory);
        }
        (_left, _takenUntilThen) = (core.FirstInMemory, readysTaken);
    }

    private void Forget()
    {
        _held.Clear();
        (_left, _takenUntilThen) = (LogIndex.Zero, 0);
    }

    private readonly record struct Held(LogIndex Index, EnvelopePool Pool, byte[] Memory);
}
