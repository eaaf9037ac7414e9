namespace RaftKv.Testing.World;

/// <summary>A property that must always hold was broken in a simulated run, or the run made no progress.</summary>
/// <param name="message">Which property, where and when.</param>
/// <param name="inner">What was thrown inside, or null.</param>
public sealed class SimulationException(string message, Exception? inner = null) : Exception(message, inner);
