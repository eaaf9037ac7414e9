using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"deliver [from=1] [to=2,3] [kind=Heartbeat]": the messages in flight that match arrive, those sent meanwhile do not.</summary>
internal sealed class DeliverCommand : ITraceCommand
{
    public string Name => "deliver";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        Message[] matching = [.. world.InFlight.Where(message =>
            arguments.Matches("from", message.From)
            && arguments.Matches("to", message.To)
            && (arguments.Named("kind") is not { } kind || kind == message.Kind.ToString()))];
        foreach (Message message in matching)
            world.Deliver(message);
    }
}
