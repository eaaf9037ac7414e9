namespace RaftKv.Testing.Checkers;

/// <summary>Whether a history is linearizable.</summary>
public enum LinearizabilityOutcome
{
    /// <summary>There is an order that explains it.</summary>
    Linearizable,

    /// <summary>There is none.</summary>
    NotLinearizable,

    /// <summary>The bound on the search was reached first.</summary>
    Undecided,
}

/// <summary>What <see cref="LinearizabilityChecker"/> found.</summary>
/// <typeparam name="TCall">What a client asks.</typeparam>
/// <typeparam name="TAnswer">What it is told.</typeparam>
public sealed class LinearizabilityVerdict<TCall, TAnswer>
{
    /// <summary>Whether the history is linearizable.</summary>
    public required LinearizabilityOutcome Outcome { get; init; }

    /// <summary>
    /// When it is not: the shortest beginning of one part of the history that nothing explains, without the reads that do not
    /// matter. When it is undecided: that part as a whole. Else empty.
    /// </summary>
    public required IReadOnlyList<TimedCall<TCall, TAnswer>> Offending { get; init; }

    /// <summary>Calls that were tried at some place of some order.</summary>
    public required long Steps { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join('\n', Offending.Select(call => $"  {call}").Prepend($"{Outcome} after {Steps} steps"));
}
