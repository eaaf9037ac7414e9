using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>
/// "deliver [from=1] [to=2,3] [kind=Heartbeat] [nth=2] [keep=on]": the messages in flight that match arrive, or the nth of them;
/// those sent meanwhile do not. With keep, they stay in flight to arrive again.
/// </summary>
internal sealed class DeliverCommand : ITraceCommand
{
    public string Name => "deliver";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        foreach (Message message in MessageChoice.Of(world, arguments))
            world.Deliver(message, arguments.Is("keep", false));
    }
}
