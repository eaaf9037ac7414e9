using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"read 1": one member asks for a read index.</summary>
internal sealed class ReadCommand : ITraceCommand
{
    public string Name => "read";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (!member.IsUp)
            return;
        (long request, ReadStatus status) = world.Read(member);
        world.Output.Print($"read {request}: {status}");
    }
}
