using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft.Membership;

namespace RaftKv.Testing.World;

/// <summary>A simulated member's state, open for another.</summary>
internal sealed class SimulatedSnapshot(IMachineSnapshot snapshot, long id, Action<NodeInput> input)
    : StateOpenedInput(snapshot.Position), ISnapshotReader
{
    public bool IsAdmitted { get; private set; }

    public SnapshotDescription Description { get; private set; } = null!;

    public int Read(long offset, Span<byte> destination) => snapshot.Read(offset, destination);

    public void Dispose()
    {
        snapshot.Dispose();
        if (IsAdmitted)
            input(new StateClosedInput(Position));
    }

    protected override void Admit(Configuration configuration)
    {
        IsAdmitted = true;
        Description = new SnapshotDescription { Id = id, Position = Position, Configuration = configuration, Length = snapshot.Length };
    }

    protected override void Refuse()
    {
    }
}
