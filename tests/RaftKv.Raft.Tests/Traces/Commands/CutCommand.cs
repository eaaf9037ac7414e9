using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>
/// "cut 1 2,3": messages from the first to the others are lost from now on; "cut 1,2" parts them from all others, both ways.
/// </summary>
internal sealed class CutCommand : ITraceCommand
{
    public string Name => "cut";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        NodeId[] from = [.. TraceArguments.Nodes(arguments.Plain[0])];
        bool isOneWay = arguments.Plain.Count > 1;
        NodeId[] to = isOneWay
            ? [.. TraceArguments.Nodes(arguments.Plain[1])]
            : [.. world.Members.Select(member => member.Id).Except(from)];
        foreach (NodeId one in from)
        {
            foreach (NodeId other in to)
            {
                world.Cut.Add((one, other));
                if (!isOneWay)
                    world.Cut.Add((other, one));
            }
        }
    }
}
