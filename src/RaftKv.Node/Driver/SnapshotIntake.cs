using RaftKv.Node.Transport;

namespace RaftKv.Node.Driver;

/// <summary>Hands a state that the transport fetches to a machine's receiver, and tells the driver how it goes.</summary>
/// <param name="receiver">Takes the state; the caller keeps it.</param>
/// <param name="fetch">The number that the answers carry.</param>
/// <param name="answer">Takes the answers.</param>
public sealed class SnapshotIntake(IMachineReceiver receiver, long fetch, Action<NodeInput> answer) : ISnapshotSink
{
    private SnapshotDescription? _description;

    /// <inheritdoc/>
    /// <value>Null: a state begins anew with each fetch, and goes on where it was with each connection within one.</value>
    public SnapshotHolding? Held => null;

    /// <inheritdoc/>
    public void ReadBack(long offset, Span<byte> destination) => throw new InvalidOperationException("Nothing is held.");

    /// <inheritdoc/>
    public void Begin(SnapshotDescription description, long offset)
    {
        ArgumentNullException.ThrowIfNull(description);
        _description = description;
        if (offset == 0)
            receiver.Begin(description.Length);
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        receiver.Write(offset, bytes);
        answer(new StateProgressedInput(fetch, offset + bytes.Length));
    }

    /// <inheritdoc/>
    public void Complete()
    {
        receiver.Verify();
        answer(new StateFetchedInput(fetch, _description!));
    }

    /// <inheritdoc/>
    public void Abort(string reason) => answer(new StateFailedInput(fetch, reason));
}
