using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>
/// "garble [from=1] [to=2] [kind=Heartbeat] [nth=1] [field=Commit] [value=-1] [way=3]": damaged copies of the messages that match
/// arrive, which stay in flight themselves; way chooses among the ways to damage them that are left.
/// </summary>
internal sealed class GarbleCommand : ITraceCommand
{
    public string Name => "garble";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        foreach (Message message in MessageChoice.Of(world, arguments))
        {
            Damage[] ways =
            [
                .. MessageDamage.Impossible(message)
                    .Where(damage => arguments.Named("field") is not { } field || field == damage.Field)
                    .Where(damage => arguments.Named("value") is not { } value || value == damage.Value),
            ];
            Damage chosen = ways[arguments.Number("way", 0) % ways.Length];
            world.Output.Print($"{message.Kind} {message.From}>{message.To} with {chosen.Field} {chosen.Value}");
            world.Garble(chosen.Copy, message.To);
        }
    }
}
