using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>
/// "wipe 2": the disk of a member that is down is replaced by an empty one, with another identity; "wipe 2 waits": its next start is
/// that of a node which waits to be told who its group is.
/// </summary>
internal sealed class WipeCommand : ITraceCommand
{
    public string Name => "wipe";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestMember member = world[arguments.Node(0)];
        if (!member.IsUp)
            world.Wipe(member, waits: arguments.Plain is [_, "waits"]);
    }
}
