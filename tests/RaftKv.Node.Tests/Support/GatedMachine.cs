namespace RaftKv.Node.Tests.Support;

/// <summary>Stands still while its gate is closed.</summary>
internal sealed class GatedMachine(Gate gate) : IStateMachine
{
    private readonly ListMachine _list = new();

    public Raft.LogPosition Applied => _list.Applied;

    public Raft.LogPosition Durable => _list.Durable;

    public bool CheckpointDue => false;

    public bool KeepsCommands => false;

    public int Count => _list.Count;

    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        gate.Wait();
        _list.Apply(commands, results);
    }

    public void Checkpoint()
    {
    }
}
