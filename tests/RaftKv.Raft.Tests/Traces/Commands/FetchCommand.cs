using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"fetch 3": a member fetches the snapshot it ordered.</summary>
internal sealed class FetchCommand : ITraceCommand
{
    public string Name => "fetch";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (member.IsUp)
            world.Fetch(member);
    }
}
