using System.Text;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"propose 1 a b c": one member proposes commands as one batch.</summary>
internal sealed class ProposeCommand : ITraceCommand
{
    public string Name => "propose";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        Proposal[] batch = [.. arguments.Plain.Skip(1).Select(word => new Proposal(world.NextRequest++, Encoding.UTF8.GetBytes(word)))];
        ProposeResult result = world[arguments.Node(0)].Core.Propose(batch);
        world.Print(result.Status == ProposeStatus.Appended ? $"Appended {result.Position}" : result.Status.ToString());
    }
}
