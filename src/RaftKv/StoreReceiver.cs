using RaftKv.Node;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>Takes another member's store beside the one in use, and replaces that at the end.</summary>
internal sealed class StoreReceiver(KeyValueStateMachine machine, IStorageDirectory directory) : IMachineReceiver
{
    private StoreRestore? _copy;

    public void Begin(long? length)
    {
        _copy?.Dispose();
        _copy = StoreRestore.Begin(directory, length ?? throw new ArgumentNullException(nameof(length)));
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes) => _copy!.Write(offset, bytes);

    public void Verify() => _copy!.Verify();

    public void Install() => machine.Replace(_copy!);

    public void Dispose() => _copy?.Dispose();
}
