namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"progress 3 bytes=100 [failed=on]": a member has received so much of a snapshot, or failed to.</summary>
internal sealed class ProgressCommand : ITraceCommand
{
    public string Name => "progress";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        RaftCore core = world[arguments.Node(0)].Core;
        if (arguments.Is("failed", false))
            core.SnapshotFailed();
        else
            core.SnapshotProgressed(arguments.Number("bytes", 0));
    }
}
