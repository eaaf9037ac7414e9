namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"drop [from=1] [to=2,3] [kind=Heartbeat]": the messages in flight that match are lost.</summary>
internal sealed class DropCommand : ITraceCommand
{
    public string Name => "drop";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        int lost = world.InFlight.RemoveAll(message =>
            arguments.Matches("from", message.From)
            && arguments.Matches("to", message.To)
            && (arguments.Named("kind") is not { } kind || kind == message.Kind.ToString()));
        world.Print($"{lost} lost");
    }
}
