using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"add 4": a member starts that knows of no group.</summary>
internal sealed class AddCommand : ITraceCommand
{
    public string Name => "add";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        world.AddMember(arguments.Node(0), Configuration.Empty);
    }
}
