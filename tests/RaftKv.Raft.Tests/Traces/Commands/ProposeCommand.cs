using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"propose 1 a b c": one member proposes commands as one batch.</summary>
internal sealed class ProposeCommand : ITraceCommand
{
    public string Name => "propose";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (!member.IsUp)
            return;
        ProposeResult result = world.Propose(member, arguments.Plain.Skip(1));
        world.Output.Print(result.Status == ProposeStatus.Appended ? $"Appended {result.Position}" : result.Status.ToString());
    }
}
