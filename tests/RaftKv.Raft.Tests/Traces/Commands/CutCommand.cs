using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"cut 1 2": messages from the first member to the second are lost; "cut 1" cuts one member off in both directions.</summary>
internal sealed class CutCommand : ITraceCommand
{
    public string Name => "cut";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        NodeId from = arguments.Node(0);
        if (arguments.Plain.Count > 1)
        {
            world.Cut.Add((from, arguments.Node(1)));
            return;
        }
        foreach (TestMember other in world.Members)
        {
            world.Cut.Add((from, other.Id));
            world.Cut.Add((other.Id, from));
        }
    }
}
