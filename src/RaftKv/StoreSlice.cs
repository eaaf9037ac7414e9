using RaftKv.Node;
using RaftKv.Storage;
using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>A slice of the store as of one batch. The store is neither replaced nor closed while it is open.</summary>
internal sealed class StoreSlice : IMachineSlice
{
    // A few milliseconds of work.
    private const long SliceBytes = 4 * 1024 * 1024;

    private readonly ReaderGate _readers;
    private readonly MvccReadTransaction _view;
    private readonly ReadOnlyMemory<byte> _from;

    private StoreSlice(ReaderGate readers, MvccReadTransaction view, ReadOnlyMemory<byte> from) =>
        (_readers, _view, _from) = (readers, view, from);

    public static StoreSlice Open(KeyValueStateMachine machine, ReadOnlyMemory<byte> from)
    {
        machine.Readers.Enter();
        try
        {
            return new StoreSlice(machine.Readers, machine.Store.BeginRead(), from);
        }
        catch
        {
            machine.Readers.Leave();
            throw;
        }
    }

    public SliceDigest Compute()
    {
        try
        {
            byte[] digest = _view.HashSlice(_from.Span, SliceBytes, out byte[] next);
            return new SliceDigest(digest, next);
        }
        catch (InvariantViolationException broken)
        {
            throw new StorageCorruptException(MvccStore.FileName, 0, broken.Message);
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _readers.Leave();
    }
}
