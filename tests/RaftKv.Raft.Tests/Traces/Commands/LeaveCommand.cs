using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"leave 1": one member leaves a joint configuration.</summary>
internal sealed class LeaveCommand : ITraceCommand
{
    public string Name => "leave";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            world.Output.Print(ChangeText.Print(member.Core.LeaveJoint()));
    }
}
