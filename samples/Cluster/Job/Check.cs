namespace RaftKv.Samples.Cluster.Job;

/// <summary>One thing that must hold at the end of the job, and what spoke against it.</summary>
internal sealed record Check(string Name, IReadOnlyList<string> Faults)
{
    public bool Held => Faults.Count == 0;
}
