using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"progress 3 bytes=100 [failed=on]": a member has received so much of a snapshot, or failed to.</summary>
internal sealed class ProgressCommand : ITraceCommand
{
    public string Name => "progress";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (!member.IsUp)
            return;
        if (arguments.Is("failed", false))
            member.Core.SnapshotFailed();
        else
            member.Core.SnapshotProgressed(arguments.Number("bytes", 0));
    }
}
