using System.Globalization;
using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>
/// "nodes 3 [prevote=off] [checkquorum=off] [window=] [message=] [inflight=] [witness=3] [leases=on] [incarnations=on] [delayed=1]":
/// founds a group.
/// </summary>
internal sealed class NodesCommand : ITraceCommand
{
    public string Name => "nodes";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        long[] ids = [.. Enumerable.Range(1, int.Parse(arguments.Plain[0], CultureInfo.InvariantCulture)).Select(id => (long)id)];
        string witnesses = arguments.Named("witness") is { } witness ? $" witnesses=({witness})" : "";
        world.Found(Configuration.Parse($"voters=({string.Join(' ', ids)}){witnesses}"), arguments);
    }
}
