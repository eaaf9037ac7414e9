using System.Globalization;

namespace RaftKv.Testing.Histories;

/// <summary>One line of a history: who saw what, when.</summary>
/// <param name="at">Microseconds since the run began. The order of the events is that of the history, not this.</param>
/// <param name="actor">The client, watch or member; a client has one call open at a time.</param>
public abstract class HistoryEvent(long at, string actor)
{
    /// <summary>Microseconds since the run began.</summary>
    public long At => at;

    /// <summary>The client, watch or member.</summary>
    public string Actor => actor;

    /// <summary>What follows time and actor on the line.</summary>
    protected abstract string Text { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{at} {actor} {Text}");
}

/// <summary>A client asked: <c>call put x 1</c>.</summary>
public sealed class CallStarted(long at, string actor, StoreCall call) : HistoryEvent(at, actor)
{
    /// <summary>What was asked.</summary>
    public StoreCall Call => call;

    /// <inheritdoc/>
    protected override string Text => $"call {call}";
}

/// <summary>A client was answered: <c>ok 7 + .</c>.</summary>
public sealed class CallAnswered(long at, string actor, StoreAnswer answer) : HistoryEvent(at, actor)
{
    /// <summary>The answer.</summary>
    public StoreAnswer Answer => answer;

    /// <inheritdoc/>
    protected override string Text => $"ok {answer}";
}

/// <summary>A client was refused: <c>failed</c> when it certainly did not happen, <c>unknown</c> when it may have.</summary>
public sealed class CallFailed(long at, string actor, bool mayHaveHappened) : HistoryEvent(at, actor)
{
    /// <summary>Whether it may have happened, or may still.</summary>
    public bool MayHaveHappened => mayHaveHappened;

    /// <inheritdoc/>
    protected override string Text => mayHaveHappened ? "unknown" : "failed";
}

/// <summary>A watch of all keys began, or began again where it had stopped: <c>watch 5</c>.</summary>
public sealed class WatchStarted(long at, string actor, long fromRevision) : HistoryEvent(at, actor)
{
    /// <summary>The first revision it asked for.</summary>
    public long FromRevision => fromRevision;

    /// <inheritdoc/>
    protected override string Text => $"watch {fromRevision}";
}

/// <summary>A watch delivered all changes through a revision: <c>batch 7 6:put:x:1 7:del:x</c>.</summary>
public sealed class WatchDelivered(long at, string actor, long through, IReadOnlyList<HistoryChange> changes) : HistoryEvent(at, actor)
{
    /// <summary>Everything up to here has been delivered.</summary>
    public long Through => through;

    /// <summary>The changes, in the order of their delivery.</summary>
    public IReadOnlyList<HistoryChange> Changes => changes;

    /// <inheritdoc/>
    protected override string Text => string.Concat($"batch {through}", string.Concat(changes.Select(change => $" {change}")));
}

/// <summary>A watch was told that the history before a revision is gone: <c>compacted 9</c>.</summary>
public sealed class WatchRefused(long at, string actor, long compactedRevision) : HistoryEvent(at, actor)
{
    /// <summary>The oldest revision that is left.</summary>
    public long CompactedRevision => compactedRevision;

    /// <inheritdoc/>
    protected override string Text => $"compacted {compactedRevision}";
}

/// <summary>A member's whole state, looked at from outside: <c>state 9 5AF03C11 a=1,b=2</c>.</summary>
public sealed class MemberState(long at, string actor, long revision, uint hash, IReadOnlyList<KeyValuePair<string, string>> pairs)
    : HistoryEvent(at, actor)
{
    /// <summary>Its revision.</summary>
    public long Revision => revision;

    /// <summary>The hash of its history up to the revision.</summary>
    public uint Hash => hash;

    /// <summary>Its newest pairs, ascending by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs => pairs;

    /// <inheritdoc/>
    protected override string Text => $"state {revision} {hash:X8} {StoreAnswer.Pairs(pairs)}";
}
