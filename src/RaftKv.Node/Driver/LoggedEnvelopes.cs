using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// This node's commands that stand in its own log since it leads: their memory goes back to its pool once nobody can look at it.
/// </summary>
/// <remarks>
/// An entry is looked at by the core while it is in the core's window, by those who were handed a <see cref="Ready"/> before it
/// left the window, until they are done with that, and by the machine until it was applied. A leader never cuts its own log, so an index
/// stands for one entry; with its leadership everything here is forgotten, and left to the collector. So is what would be kept here longer
/// than the core keeps it: the machine is behind, and reads it back from the log.
/// </remarks>
internal sealed class LoggedEnvelopes
{
    // Memory comes in steps, so it is more than the core counts.
    private const int SlackFactor = 2;

    private readonly Queue<Held> _held = new();
    private Term _term;
    private long _bytes;

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
        _bytes += memory.Length;
    }

    /// <summary>Gives back what nobody looks at any more.</summary>
    /// <param name="core">The core, which owes no Ready at this moment.</param>
    /// <param name="readysTaken">The number of the last Ready that was taken.</param>
    /// <param name="readysDone">Every Ready up to this number was handed back.</param>
    /// <param name="applied">The machine has applied everything up to here.</param>
    public void Collect(RaftCore core, long readysTaken, long readysDone, LogIndex applied)
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
        long bytesMax = SlackFactor * (core.HeldBytes + core.UnwrittenBytes);
        while (_held.TryPeek(out Held held) && held.Index < _left && (held.Index <= applied || _bytes > bytesMax))
        {
            _held.Dequeue();
            _bytes -= held.Memory.Length;
            if (held.Index <= applied)
                held.Pool.Return(held.Memory);
        }
        (_left, _takenUntilThen) = (core.FirstInMemory, readysTaken);
    }

    private void Forget()
    {
        _held.Clear();
        _bytes = 0;
        (_left, _takenUntilThen) = (LogIndex.Zero, 0);
    }

    private readonly record struct Held(LogIndex Index, EnvelopePool Pool, byte[] Memory);
}
