using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"raise 1": one member raises the format to the newest that every member speaks.</summary>
internal sealed class RaiseCommand : ITraceCommand
{
    public string Name => "raise";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            world.Output.Print(ChangeText.Print(member.Core.RaiseFormat()));
    }
}
