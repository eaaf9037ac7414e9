namespace RaftKv.Testing.Checkers;

/// <summary>
/// What a correct object does when its calls come one after the other; <see cref="LinearizabilityChecker"/> asks whether a concurrent
/// history could have been such a run.
/// </summary>
/// <typeparam name="TState">An immutable state with value equality: two states that behave alike should be equal.</typeparam>
/// <typeparam name="TCall">What a client asks.</typeparam>
/// <typeparam name="TAnswer">What it is told.</typeparam>
public abstract class SequentialModel<TState, TCall, TAnswer>
    where TState : IEquatable<TState>
{
    /// <summary>The state before the first call.</summary>
    public abstract TState Initial { get; }

    /// <summary>Runs a call.</summary>
    /// <param name="state">The state before it; must not be changed.</param>
    /// <param name="call">The call.</param>
    /// <param name="answer">What a correct object answers.</param>
    /// <returns>The state after it.</returns>
    public abstract TState Apply(TState state, TCall call, out TAnswer answer);

    /// <summary>Whether a seen answer is the correct one.</summary>
    public abstract bool Agrees(TAnswer correct, TAnswer seen);

    /// <summary>
    /// The parts of the state that a call touches, such as its keys. Calls that share no part, not even through others, are judged
    /// apart, which is what makes long histories cheap (Herlihy and Wing 1990, locality).
    /// </summary>
    public virtual IEnumerable<string> Parts(TCall call) => [""];

    /// <summary>Whether a call changes nothing; such calls are left out of the explanation when they do not matter.</summary>
    public virtual bool IsReadOnly(TCall call) => false;
}
