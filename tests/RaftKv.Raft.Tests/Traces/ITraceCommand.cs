namespace RaftKv.Raft.Tests.Traces;

/// <summary>One command of the trace language.</summary>
internal interface ITraceCommand
{
    string Name { get; }

    void Run(RaftTraceWorld world, TraceArguments arguments);
}
