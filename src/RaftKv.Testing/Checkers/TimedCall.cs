namespace RaftKv.Testing.Checkers;

/// <summary>One call of a concurrent history.</summary>
/// <typeparam name="TCall">What a client asks.</typeparam>
/// <typeparam name="TAnswer">What it is told.</typeparam>
/// <param name="call">What was asked.</param>
/// <param name="started">When it began; any number that grows with time.</param>
/// <param name="ended">When it was answered; <see cref="long.MaxValue"/> when it was not and may still happen.</param>
/// <param name="answer">The answer; ignored when there was none.</param>
public sealed class TimedCall<TCall, TAnswer>(TCall call, long started, long ended, TAnswer? answer)
{
    /// <summary>What was asked.</summary>
    public TCall Call => call;

    /// <summary>When it began.</summary>
    public long Started => started;

    /// <summary>When it was answered; <see cref="long.MaxValue"/> when it was not and may still happen.</summary>
    public long Ended => ended;

    /// <summary>The answer; without meaning when there was none.</summary>
    public TAnswer? Answer => answer;

    /// <summary>Whether nobody knows whether it happened.</summary>
    public bool IsPending => ended == long.MaxValue;

    /// <inheritdoc/>
    public override string ToString() => IsPending ? $"[{started}, ...) {call} -> ?" : $"[{started}, {ended}] {call} -> {answer}";
}
