namespace RaftKv.Storage.Benchmarks.Store;

/// <summary>A store under measurement.</summary>
internal interface IPeer : IDisposable
{
    string Name { get; }

    /// <summary>One durable batch.</summary>
    void Load(ReadOnlySpan<int> numbers, Workload workload);

    /// <summary>Whatever must happen so that the next opening finds everything.</summary>
    void Finish();

    /// <summary>Gives back what space can be given back.</summary>
    void Shrink();

    long FileBytes();

    /// <summary>Reads keys; returns how many were found.</summary>
    long PointReads(ReadOnlySpan<int> numbers, Workload workload);

    /// <summary>Reads ranges of a hundred entries; returns the bytes seen.</summary>
    long Ranges(ReadOnlySpan<int> numbers, Workload workload);

    /// <summary>Walks everything; returns the bytes seen.</summary>
    long Scan();
}
