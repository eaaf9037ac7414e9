using BenchmarkDotNet.Attributes;
using RaftKv.Raft;

namespace RaftKv.Benchmarks.Raft;

/// <summary>Proposals of 256 bytes, from the leader's Propose until all three members have applied them.</summary>
[MemoryDiagnoser]
public class ProposeToApply
{
    private const int EntriesPerRun = 65_536;

    private readonly byte[] _payload = new byte[256];
    private CoreGroup _group = null!;
    private Proposal[] _batch = [];
    private long _request;

    /// <summary>Entries proposed as one.</summary>
    [Params(1, 64, 1024)]
    public int Batch { get; set; }

    /// <summary>Elects the leader.</summary>
    [GlobalSetup]
    public void Elect()
    {
        _group = new CoreGroup(entriesKept: 0);
        _batch = new Proposal[Batch];
    }

    /// <summary>One operation is one entry.</summary>
    [Benchmark(OperationsPerInvoke = EntriesPerRun)]
    public long Replicate()
    {
        for (int done = 0; done < EntriesPerRun; done += Batch)
        {
            for (int i = 0; i < _batch.Length; i++)
                _batch[i] = new Proposal(++_request, _payload);
            if (_group.Leader.Propose(_batch).Status != ProposeStatus.Appended)
                throw new InvalidOperationException("A proposal was refused.");
            _group.Settle();
        }
        if (_group.AppliedEverywhere != _group.Leader.Commit.Value)
            throw new InvalidOperationException("Not everything was applied.");
        return _group.AppliedEverywhere;
    }
}
