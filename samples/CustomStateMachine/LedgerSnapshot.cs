using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>The ledger on its way to another member: a few bytes in memory.</summary>
internal sealed class LedgerSnapshot(LedgerState state) : IMachineSnapshot
{
    private readonly byte[] _bytes = state.Encode();

    public LogPosition Position => state.Position;

    public long? Length => _bytes.Length;

    public int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, _bytes.Length - offset);
        _bytes.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    public void Dispose()
    {
        // Nothing but memory.
    }
}
