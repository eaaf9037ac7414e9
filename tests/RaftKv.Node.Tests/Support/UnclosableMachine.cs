using RaftKv.Raft;

namespace RaftKv.Node.Tests.Support;

/// <summary>A machine that claims to hold an entry and begins to take another's state, which it cannot let go of again.</summary>
internal sealed class UnclosableMachine : ISnapshotMachine, IMachineReceiver
{
    public bool HasBegun { get; private set; }

    public LogPosition Applied => new(new Term(1), new LogIndex(1));

    public LogPosition Durable => Applied;

    public bool CheckpointDue => false;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results) => throw new NotSupportedException();

    public void Checkpoint()
    {
    }

    public IMachineSnapshot OpenSnapshot() => throw new NotSupportedException();

    public IMachineReceiver BeginReceive()
    {
        HasBegun = true;
        return this;
    }

    public void Begin(long? length)
    {
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
    }

    public void Verify()
    {
    }

    public void Install()
    {
    }

    public void Dispose() => throw new IOException("the state is busy");
}
