namespace RaftKv.Node.Workers;

/// <summary>
/// Room for entries that are read back from the log, of all groups together: a few reads at a time, one half for machines, one for peers, which
/// keep theirs for as long as the pace says. The others wait for their turn.
/// </summary>
internal sealed class ReadRoom
{
    private const long PageBytesMax = 4 * 1024 * 1024;

    private readonly MemoryShare _memory;

    // Never disposed of: reads may end after everything else, and nobody waits for a handle of theirs.
    private readonly SemaphoreSlim _forMachines;
    private readonly SemaphoreSlim _forPeers;

    /// <summary>Divides a share among reads.</summary>
    /// <param name="memory">The share.</param>
    /// <param name="payloadBytesMax">The longest entry, which one read may have to take as a whole.</param>
    public ReadRoom(MemoryShare memory, int payloadBytesMax)
    {
        _memory = memory;
        PageBytes = Math.Min(PageBytesMax, memory.BytesMax / 2);
        int each = (int)Math.Clamp(memory.BytesMax / 2 / Math.Max(PageBytes, payloadBytesMax), 1, Environment.ProcessorCount);
        (_forMachines, _forPeers) = (new SemaphoreSlim(each), new SemaphoreSlim(each));
    }

    /// <summary>How many bytes one read may take; one entry in any case.</summary>
    public long PageBytes { get; }

    /// <summary>Completes when a read may begin.</summary>
    public Task EnterAsync(bool isForPeer) => Of(isForPeer).WaitAsync();

    /// <summary>A read that may go on holds so many bytes now.</summary>
    public void Hold(long bytes) => _memory.Take(bytes);

    /// <summary>What was read is not held any more.</summary>
    public void Leave(bool isForPeer, long bytes)
    {
        _memory.Give(bytes);
        Of(isForPeer).Release();
    }

    private SemaphoreSlim Of(bool isForPeer) => isForPeer ? _forPeers : _forMachines;
}
