using RaftKv.Node.Transport;

namespace RaftKv.Testing.Network;

/// <summary>Takes states of <see cref="PatternSnapshotSource"/> and compares every byte; keeps none of them.</summary>
/// <param name="held">What an earlier fetch left; it is right in every byte.</param>
public sealed class PatternSnapshotSink(SnapshotHolding? held = null) : ISnapshotSink
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<string?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<long> _begins = [];
    private byte[] _expected = [];
    private SnapshotDescription? _description;
    private SnapshotHolding _held = held ?? default;

    /// <summary>Completes with null when the state is there, else with the reason why it is not. More than one end is an error.</summary>
    public Task<string?> Ended => _ended.Task;

    /// <summary>The offsets at which deliveries began, in order.</summary>
    public IReadOnlyList<long> Begins
    {
        get
        {
            lock (_lock)
                return [.. _begins];
        }
    }

    /// <summary>What was announced; null before.</summary>
    public SnapshotDescription? Description
    {
        get
        {
            lock (_lock)
                return _description;
        }
    }

    /// <summary>What is there now; a later fetch can be given it.</summary>
    public SnapshotHolding Holding
    {
        get
        {
            lock (_lock)
                return _held;
        }
    }

    /// <summary>Called before each piece is taken, with the offset of its end; an exception from it fails the fetch.</summary>
    public Action<long>? Writing { get; set; }

    SnapshotHolding? ISnapshotSink.Held => held;

    void ISnapshotSink.ReadBack(long offset, Span<byte> destination)
    {
        if (offset + destination.Length > _held.Bytes)
            throw new TransportFaultException($"Bytes to {offset + destination.Length} were read back, but {_held.Bytes} are held.");
        PatternSnapshotSource.Fill(_held.Id, offset, destination);
    }

    void ISnapshotSink.Begin(SnapshotDescription description, long offset)
    {
        ArgumentNullException.ThrowIfNull(description);
        lock (_lock)
        {
            RequireGoingOn();
            bool isNext = offset == 0 || (description.Id == _held.Id && offset <= _held.Bytes);
            if (!isNext)
                throw new TransportFaultException($"State {description.Id} begins at {offset}, but {_held} is held.");
            _description = description;
            _held = new SnapshotHolding(description.Id, offset);
            _begins.Add(offset);
        }
    }

    void ISnapshotSink.Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Writing?.Invoke(offset + bytes.Length);
        lock (_lock)
        {
            RequireGoingOn();
            if (_description is null || offset != _held.Bytes || bytes.IsEmpty)
                throw new TransportFaultException($"{bytes.Length} bytes at {offset} came, but {_held} is held.");
            if (_expected.Length < bytes.Length)
                _expected = new byte[bytes.Length];
            Span<byte> expected = _expected.AsSpan(0, bytes.Length);
            PatternSnapshotSource.Fill(_held.Id, offset, expected);
            if (!bytes.SequenceEqual(expected))
                throw new TransportFaultException($"Wrong bytes came at {offset}.");
            _held = _held with { Bytes = _held.Bytes + bytes.Length };
        }
    }

    void ISnapshotSink.Complete() => End(null);

    void ISnapshotSink.Abort(string reason) => End(reason);

    private void RequireGoingOn()
    {
        if (_ended.Task.IsCompleted)
            throw new TransportFaultException("Something came after the end.");
    }

    private void End(string? reason)
    {
        if (!_ended.TrySetResult(reason))
            throw new TransportFaultException("The fetch ended twice.");
    }
}
