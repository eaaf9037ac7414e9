namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>A store under measurement.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>One durable batch.</summary>
    void Load(ReadOnlySpan<int> numbers, Workload workload);

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
