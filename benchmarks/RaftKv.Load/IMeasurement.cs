namespace RaftKv.Load;

/// <summary>One experiment with its targets.</summary>
internal interface IMeasurement
{
    /// <summary>How the command line calls it.</summary>
    string Name { get; }

    /// <summary>Runs it.</summary>
    /// <param name="options">How long and how large.</param>
    /// <param name="directory">Where it may write; it need not exist.</param>
    Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory);
}
