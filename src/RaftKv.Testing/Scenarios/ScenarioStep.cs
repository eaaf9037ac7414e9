using System.Globalization;

namespace RaftKv.Testing.Scenarios;

/// <summary>One thing that is done to a simulated cluster: a fault, or a client's action.</summary>
/// <param name="AtMicros">When, in microseconds of virtual time.</param>
/// <param name="Words">What: a fault in the words of <see cref="FaultActions"/>, or <c>do client member action</c>.</param>
public sealed record ScenarioStep(long AtMicros, string Words)
{
    /// <summary>Whether a client acts.</summary>
    public bool IsAction => Words.StartsWith("do ", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"at {AtMicros} {Words}");
}
