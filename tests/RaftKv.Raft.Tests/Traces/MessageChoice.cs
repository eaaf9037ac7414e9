using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>The messages in flight that a command speaks of: "[from=1] [to=2,3] [kind=Heartbeat] [nth=2]".</summary>
internal static class MessageChoice
{
    public static Message[] Of(RaftTraceWorld world, TraceArguments arguments)
    {
        Message[] matching = [.. world.InFlight.Where(message =>
            arguments.Matches("from", message.From)
            && arguments.Matches("to", message.To)
            && (arguments.Named("kind") is not { } kind || kind == message.Kind.ToString()))];
        int nth = arguments.Number("nth", 0);
        return nth == 0 ? matching : [.. matching.Skip(nth - 1).Take(1)];
    }

    /// <summary>The words that choose just one message.</summary>
    public static string Words(RaftTraceWorld world, Message chosen)
    {
        int nth = 1;
        foreach (Message message in world.InFlight)
        {
            if (ReferenceEquals(message, chosen))
                break;
            nth += message.From == chosen.From && message.To == chosen.To && message.Kind == chosen.Kind ? 1 : 0;
        }
        return $"from={chosen.From} to={chosen.To} kind={chosen.Kind} nth={nth}";
    }
}
