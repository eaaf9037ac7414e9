namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>A store under measurement.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>One batch, durable on return. Then only another one may follow, until <see cref="Settle"/>.</summary>
    void Load(ReadOnlySpan<int> numbers, Workload workload);

    /// <summary>Waits until everything loaded is applied and can be read.</summary>
    void Settle()
    {
    }

    /// <summary>Whatever must happen so that the next opening finds everything, and the file is as small as it gets by itself.</summary>
    void Finish();

    long FileBytes();

    /// <summary>Reads keys; returns how many were found. Any thread.</summary>
    long PointReads(ReadOnlySpan<int> numbers, Workload workload);

    /// <summary>Reads ranges of a hundred entries; returns the bytes seen.</summary>
    long Ranges(ReadOnlySpan<int> numbers, Workload workload);

    /// <summary>Walks everything; returns the bytes seen.</summary>
    long Scan();
}
