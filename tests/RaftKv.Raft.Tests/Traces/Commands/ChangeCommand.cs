using RaftKv.Raft.Membership;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>
/// "change 1 v4 r2 [mode=Joint]": one member changes the configuration (v voter, l learner, r remove, w witness, j join).
/// </summary>
internal sealed class ChangeCommand : ITraceCommand
{
    public string Name => "change";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (!member.IsUp)
            return;
        MemberChange[] changes = [.. arguments.Plain.Skip(1).Select(ChangeText.Parse)];
        ChangeMode mode = Enum.Parse<ChangeMode>(arguments.Named("mode") ?? nameof(ChangeMode.Automatic));
        ChangeResult result = member.Core.ChangeMembership(changes, mode);
        world.Output.Print(ChangeText.Print(result));
    }
}
