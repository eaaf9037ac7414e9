using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>A machine that only knows how far it is, so that the figures are the runtime's.</summary>
internal sealed class MemoryMachine : IStateMachine
{
    public LogPosition Applied { get; private set; }

    public LogPosition Durable => LogPosition.Zero;

    public bool CheckpointDue => false;

    public bool KeepsCommands => false;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results) => Applied = commands[^1].Position;

    public void Checkpoint()
    {
        // It keeps nothing.
    }
}
