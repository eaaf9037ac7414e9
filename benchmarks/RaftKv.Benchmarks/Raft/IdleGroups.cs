using BenchmarkDotNet.Attributes;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Benchmarks.Raft;

/// <summary>Ten thousand groups that have nothing to do: the cost of one tick of them all.</summary>
[MemoryDiagnoser]
public class IdleGroups
{
    private const int Groups = 10_000;

    private readonly RaftCore[] _cores = new RaftCore[Groups];

    /// <summary>Members that belong to no group's voters, and so never campaign.</summary>
    [GlobalSetup]
    public void Found()
    {
        for (int i = 0; i < Groups; i++)
        {
            RaftOptions options = new() { Self = new NodeId(9), Group = new GroupId(i) };
            RaftRestore restore = new() { Configuration = Configuration.Of(1, 2, 3) };
            _cores[i] = new RaftCore(options, restore, new SplittableRandom((ulong)i));
            while (_cores[i].HasReady)
                _cores[i].TakeReady();
        }
    }

    /// <summary>One operation is one tick of all groups.</summary>
    [Benchmark]
    public bool TickAll()
    {
        bool any = false;
        foreach (RaftCore core in _cores)
        {
            core.Tick();
            any |= core.HasReady;
        }
        return any;
    }
}
