using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Storage;

namespace RaftKv.Node.Workers;

/// <summary>
/// Works out digests of slices of a group's state, on the threads of the checkpoints, beside what is applied. One slice waits at most: a
/// member that catches up has no use for the older ones.
/// </summary>
internal sealed class SliceWorker
{
    private readonly IAttestedMachine _machine;
    private readonly Action<NodeInput> _answer;
    private readonly WorkQueue<bool> _jobs;
    private readonly Lock _lock = new();
    private OpenedSlice? _waiting;

    // How often another's state took the place of the machine's: what was opened before is void.
    private int _states;

    public SliceWorker(HostParts host, IAttestedMachine machine, Action<NodeInput> answer, Action<Exception> failed)
    {
        _machine = machine;
        _answer = answer;
        _jobs = new WorkQueue<bool>(host.CheckpointThreads, _ => Work(), failed);
    }

    /// <summary>Opens a slice as of an entry; called between two batches.</summary>
    public void Open(LogPosition position, ReadOnlyMemory<byte> from, int format)
    {
        OpenedSlice opened = new(position, from, _machine.OpenSlice(from, format), _states);
        Interlocked.Exchange(ref _waiting, opened)?.Slice.Dispose();
        _jobs.Add(true);
    }

    /// <summary>Another's state took the place of the machine's; called between two batches. Nothing is answered of the one before.</summary>
    public void Replaced()
    {
        lock (_lock)
            _states++;
    }

    /// <summary>Lets go of what waits; nothing is opened any more.</summary>
    public async Task StopAsync()
    {
        await _jobs.StopAsync().ConfigureAwait(false);
        Interlocked.Exchange(ref _waiting, null)?.Slice.Dispose();
    }

    private void Work()
    {
        if (Interlocked.Exchange(ref _waiting, null) is not { } opened)
            return;
        using IMachineSlice slice = opened.Slice;
        AttestedInput attested = Attest(opened);
        lock (_lock)
        {
            if (opened.State == _states)
                _answer(attested);
        }
    }

    private static AttestedInput Attest(OpenedSlice opened)
    {
        try
        {
            return new AttestedInput(opened.Position, opened.From, opened.Slice.Compute());
        }
        catch (StorageCorruptException damage)
        {
            return new AttestedInput(opened.Position, opened.From, null, damage.Message);
        }
    }

    private sealed record OpenedSlice(LogPosition Position, ReadOnlyMemory<byte> From, IMachineSlice Slice, int State);
}
