using System.Globalization;
using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"nodes 3 [prevote=off] [checkquorum=off] [window=] [message=] [inflight=]": founds a group.</summary>
internal sealed class NodesCommand : ITraceCommand
{
    public string Name => "nodes";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        long[] ids = [.. Enumerable.Range(1, int.Parse(arguments.Plain[0], CultureInfo.InvariantCulture)).Select(id => (long)id)];
        world.Found(Configuration.Of(ids), arguments);
    }
}
