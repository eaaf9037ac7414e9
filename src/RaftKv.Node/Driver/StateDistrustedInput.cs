using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>The answer to <see cref="ILogSink.Distrust"/>.</summary>
/// <param name="logBase">The position after which the log begins: state that takes the place of the machine's must include it.</param>
public sealed class StateDistrustedInput(LogPosition logBase) : NodeInput
{
    /// <summary>The position after which the log begins.</summary>
    public LogPosition LogBase { get; } = logBase;
}
