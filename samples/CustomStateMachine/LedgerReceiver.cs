using RaftKv.Node;
using RaftKv.Storage;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>Another member's ledger as it arrives.</summary>
/// <param name="install">Puts it in the place of this one, durably.</param>
internal sealed class LedgerReceiver(Action<LedgerState> install) : IMachineReceiver
{
    private readonly byte[] _bytes = new byte[LedgerState.Length(LedgerMachine.Accounts)];
    private long _received;

    public void Begin(long? length) => _received = 0;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > _bytes.Length)
            throw new StorageCorruptException("ledger", offset, "another member's ledger is longer than a ledger is");
        bytes.CopyTo(_bytes.AsSpan((int)offset));
        _received = offset + bytes.Length;
    }

    public void Verify()
    {
        if (_received != _bytes.Length || LedgerState.Decode(_bytes).Balances.Sum() != LedgerMachine.Accounts * LedgerMachine.OpeningBalance)
            throw new StorageCorruptException("ledger", _received, "another member's ledger does not balance");
    }

    public void Install() => install(LedgerState.Decode(_bytes));

    public void Dispose()
    {
        // Nothing but memory.
    }
}
