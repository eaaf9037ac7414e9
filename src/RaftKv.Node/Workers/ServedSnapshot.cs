using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Workers;

/// <summary>A machine's state that another member takes; the log behind it is kept meanwhile.</summary>
internal sealed class ServedSnapshot(IMachineSnapshot snapshot, Action<NodeInput> post) : StateOpenedInput(snapshot.Position), ISnapshotReader
{
    private readonly TaskCompletionSource<ISnapshotReader?> _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SnapshotDescription? _description;

    /// <summary>Completes with this state, or with null when it would not be enough.</summary>
    public Task<ISnapshotReader?> Admitted => _admitted.Task;

    public SnapshotDescription Description => _description!;

    public int Read(long offset, Span<byte> destination) => snapshot.Read(offset, destination);

    public void Dispose()
    {
        snapshot.Dispose();
        post(new StateClosedInput(Position));
    }

    protected internal override void Admit(Configuration configuration)
    {
        _description = new SnapshotDescription
        {
            Id = HostParts.RandomNumber(),
            Position = Position,
            Configuration = configuration,
            Length = snapshot.Length,
        };
        _admitted.SetResult(this);
    }

    protected internal override void Refuse()
    {
        snapshot.Dispose();
        _admitted.SetResult(null);
    }
}
