using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"cancel 1": one member keeps the leadership that it was handing over.</summary>
internal sealed class CancelCommand : ITraceCommand
{
    public string Name => "cancel";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            world.Output.Print(member.Core.CancelTransfer().ToString());
    }
}
