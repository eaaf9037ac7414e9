using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"drop [from=1] [to=2,3] [kind=Heartbeat] [nth=2]": the messages in flight that match are lost, or the nth of them.</summary>
internal sealed class DropCommand : ITraceCommand
{
    public string Name => "drop";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        Message[] lost = MessageChoice.Of(world, arguments);
        foreach (Message message in lost)
            world.InFlight.Remove(message);
        world.Output.Print($"{lost.Length} lost");
    }
}
