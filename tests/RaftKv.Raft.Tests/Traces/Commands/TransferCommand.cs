using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"transfer 1 2": one member asks that another leads.</summary>
internal sealed class TransferCommand : ITraceCommand
{
    public string Name => "transfer";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            world.Output.Print(member.Core.TransferLeadership(arguments.Node(1)).ToString());
    }
}
