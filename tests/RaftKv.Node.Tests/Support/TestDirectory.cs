namespace RaftKv.Node.Tests.Support;

/// <summary>A directory of the operating system that is gone after the test.</summary>
internal sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("raftkv-node-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
