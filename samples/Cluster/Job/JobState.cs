using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>What a display shows of a job while it runs. Everything may be read from any thread at any time.</summary>
internal sealed class JobState(
    int keys, ProcessCluster cluster, Ledger ledger, RevisionWatcher watcher, FailOver failOver, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private volatile string _phase = "starting";

    /// <summary>How many keys there are to put.</summary>
    public int Keys => keys;

    public IReadOnlyList<Member> Members => cluster.Members;

    public Ledger Ledger => ledger;

    public RevisionWatcher Watcher => watcher;

    public FailOver FailOver => failOver;

    /// <summary>What the job is doing, in a few words.</summary>
    public string Phase
    {
        get => _phase;
        set => _phase = value;
    }

    public TimeSpan Elapsed => time.GetElapsedTime(_startedAt);
}
