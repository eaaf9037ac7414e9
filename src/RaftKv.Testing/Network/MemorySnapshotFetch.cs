using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Testing.Network;

/// <summary>One fetch of a state over a <see cref="MemoryNetwork"/>; it goes on after interruptions as the real transport does.</summary>
internal sealed class MemorySnapshotFetch(
    MemoryNetwork network, MemoryTransport to, GroupId group, SnapshotOrder order, ISnapshotSink sink, TimeProvider time)
{
    private const int PieceBytes = 64 * 1024;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    private SnapshotHolding _held;

    public async Task RunAsync(CancellationToken stopping)
    {
        string? reason;
        try
        {
            _held = sink.Held ?? default;
            reason = await FetchAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            reason = "the fetch was given up";
        }
        catch (Exception e)
        {
            // The sink's failure.
            reason = e.Message;
        }
        if (reason is not null)
            sink.Abort(reason);
    }

    // Null when the state is there, else why not.
    private async Task<string?> FetchAsync(CancellationToken stopping)
    {
        long progressAt = time.GetTimestamp();
        while (time.GetElapsedTime(progressAt) < StallTimeout)
        {
            long before = _held.Bytes;
            if (network.FindBothWays(to.Self, order.From) is { } member)
            {
                (bool isOver, string? reason) = Take(member, stopping);
                if (isOver)
                    return reason;
            }
            if (_held.Bytes > before)
                progressAt = time.GetTimestamp();
            await Task.Delay(RetryPause, time, stopping).ConfigureAwait(false);
        }
        return $"nothing has come for {StallTimeout}";
    }

    private (bool IsOver, string? Reason) Take(MemoryTransport member, CancellationToken stopping)
    {
        SnapshotDescription? description;
        try
        {
            description = member.Snapshots.Open(to.Self, group, order.AtLeast, _held);
        }
        catch (Exception e)
        {
            return (true, $"member {order.From} refused: {e.Message}");
        }
        if (description is null)
            return (true, $"member {order.From} refused: there is no state here that includes {order.AtLeast}");
        if (description.Id != _held.Id)
            _held = new SnapshotHolding(description.Id, 0);
        sink.Begin(description, _held.Bytes);
        byte[] piece = new byte[PieceBytes];
        while (network.FindBothWays(to.Self, order.From) == member)
        {
            stopping.ThrowIfCancellationRequested();
            int? count;
            try
            {
                count = member.Snapshots.Read(to.Self, group, description.Id, _held.Bytes, piece);
            }
            catch (Exception e)
            {
                member.Snapshots.Close(to.Self, group);
                return (true, $"member {order.From} refused: its state cannot be read: {e.Message}");
            }
            if (count is null)
                return (false, null);
            if (count == 0)
            {
                sink.Complete();
                member.Snapshots.Close(to.Self, group);
                return (true, null);
            }
            sink.Write(_held.Bytes, piece.AsSpan(0, count.Value));
            _held = _held with { Bytes = _held.Bytes + count.Value };
        }
        return (false, null);
    }
}
