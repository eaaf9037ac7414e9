using BenchmarkDotNet.Attributes;
using RaftKv.Raft;

namespace RaftKv.Benchmarks.Raft;

/// <summary>A follower that is a million entries of 256 bytes behind receives and applies them; the leader reads them back.</summary>
[MemoryDiagnoser]
public class CatchUp
{
    private const int Entries = 1_000_000;

    private readonly byte[] _payload = new byte[256];
    private CoreGroup _group = null!;

    /// <summary>Builds the backlog.</summary>
    [IterationSetup]
    public void FallBehind()
    {
        _group = new CoreGroup(entriesKept: Entries + 16);
        _group.CutOffLaggard(true);
        Proposal[] batch = new Proposal[1000];
        for (int done = 0; done < Entries; done += batch.Length)
        {
            for (int i = 0; i < batch.Length; i++)
                batch[i] = new Proposal(done + i, _payload);
            _group.Leader.Propose(batch);
            _group.Settle();
        }
        _group.CutOffLaggard(false);
    }

    /// <summary>One operation is one entry.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public long CatchUpWithTheLeader()
    {
        while (_group.AppliedAtLaggard < Entries)
            _group.Tick();
        return _group.AppliedAtLaggard;
    }
}
