using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Traces.Commands;

/// <summary>"log 1": the entries on one member's disk.</summary>
internal sealed class LogCommand : ITraceCommand
{
    public string Name => "log";

    public void Run(RaftTraceWorld world, TraceArguments arguments)
    {
        TestDisk disk = world[arguments.Node(0)].Disk;
        for (LogIndex index = disk.Base.Index.Next; index <= disk.Last; index = index.Next)
            world.Output.Print(TracePrinter.Entry(disk[index]));
    }
}
