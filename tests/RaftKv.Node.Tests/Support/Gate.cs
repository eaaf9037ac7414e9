namespace RaftKv.Node.Tests.Support;

/// <summary>Holds threads up until it is opened, at the latest when the test ends.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _isOpen = new();

    public void Wait() => _isOpen.Wait();

    public void Open() => _isOpen.Set();

    public void Dispose() => Open();
}
