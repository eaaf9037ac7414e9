using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// Fetches one state: connects, takes it chunk by chunk, and connects again when the connection breaks. Ends with
/// <see cref="ISnapshotSink.Complete"/> or <see cref="ISnapshotSink.Abort"/>.
/// </summary>
internal sealed class SnapshotFetch(
    TcpTransportOptions options, Connector connector, GroupId group, SnapshotOrder order, ISnapshotSink sink,
    Func<NodeId, EndPoint?> addressOf)
{
    private readonly Backoff _backoff = new(options.Seed ^ (ulong)group.Value);

    // What the sink holds, and its checksum.
    private SnapshotHolding _held;
    private uint _checksum;
    private long _progressAt;
    private bool _hasBegun;

    public async Task RunAsync(CancellationToken stopping)
    {
        string? reason;
        try
        {
            ReadBackHeld();
            reason = await FetchAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            reason = "the fetch was given up";
        }
        catch (Exception e)
        {
            // The sink's failure; it knows by itself whether its node can go on.
            reason = e.Message;
        }
        if (reason is not null)
            sink.Abort(reason);
    }

    // Connects until the state is there or the time is over; returns why it is not, null when it is.
    private async Task<string?> FetchAsync(CancellationToken stopping)
    {
        _progressAt = options.Time.GetTimestamp();
        while (true)
        {
            (bool isOver, string? reason) = await AttemptAsync(stopping).ConfigureAwait(false);
            if (isOver)
                return reason;
            stopping.ThrowIfCancellationRequested();
            if (options.Time.GetElapsedTime(_progressAt) >= options.SnapshotStallTimeout)
                return $"nothing has come for {options.SnapshotStallTimeout}: {reason}";
            await Pause.ForAsync(_backoff.Next(), options.Time, stopping).ConfigureAwait(false);
        }
    }

    private async Task<Outcome> AttemptAsync(CancellationToken stopping)
    {
        if (addressOf(order.From) is not { } address)
            return new Outcome(IsOver: true, $"member {order.From} is no peer");
        using CancellationTokenSource patience = new(options.SnapshotStallTimeout, options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            (Connection? connection, string reason) = await connector.ConnectAsync(
                order.From, address, ConnectionPurpose.Snapshot, either.Token).ConfigureAwait(false);
            if (connection is null)
                return new Outcome(IsOver: false, reason);
            using Connection owned = connection;
            return await TakeAsync(connection, patience, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            return new Outcome(IsOver: false, e is OperationCanceledException ? "it sends nothing" : e.Message);
        }
    }

    private async Task<Outcome> TakeAsync(Connection connection, CancellationTokenSource patience, CancellationToken token)
    {
        FrameBuffer frames = new(connection.Format);
        frames.Add(FrameKind.SnapshotRequest, new SnapshotRequest(group, order.AtLeast, _held, _checksum).Encode());
        await connection.SendAsync(frames.Written, token).ConfigureAwait(false);
        _hasBegun = false;
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await connection.Input.ReadAsync(token).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            long before = _held.Bytes;
            Outcome? outcome = TakeFrames(ref buffer, connection.Format);
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (outcome is { } ended)
            {
                if (ended == Outcome.Success)
                    await SayDoneAsync(connection, token).ConfigureAwait(false);
                return ended;
            }
            if (read.IsCompleted)
                return new Outcome(IsOver: false, FrameReader.Describe(FrameStatus.NeedMore));
            if (_held.Bytes > before)
                patience.CancelAfter(options.SnapshotStallTimeout);
        }
    }

    // Null when more must come. The sink's exceptions end the fetch; they must not be taken for those of the connection.
    private Outcome? TakeFrames(ref ReadOnlySequence<byte> buffer, WireFormat format)
    {
        while (true)
        {
            FrameStatus status =
                Frame.TryRead(ref buffer, format, SnapshotHead.BytesMax, out FrameKind kind, out ReadOnlySequence<byte> body);
            if (status == FrameStatus.NeedMore)
                return null;
            if (status != FrameStatus.Done)
                return new Outcome(IsOver: false, FrameReader.Describe(status));
            try
            {
                if (TakeFrame(kind, body) is { } ended)
                    return ended;
            }
            catch (Exception e)
            {
                return new Outcome(IsOver: true, e.Message);
            }
        }
    }

    private Outcome? TakeFrame(FrameKind kind, in ReadOnlySequence<byte> body)
    {
        switch (kind)
        {
            case FrameKind.SnapshotHead when !_hasBegun && SnapshotHead.Decode(body.ToArray()) is { } head && IsFit(head):
                Begin(head);
                return null;
            case FrameKind.SnapshotChunk when _hasBegun && SnapshotChunk.Next(body, _held.Bytes) is { } chunk:
                Write(chunk);
                return null;
            case FrameKind.SnapshotEnd when _hasBegun && SnapshotEnd.Decode(body.ToArray()) is { } end:
                return End(end);
            case FrameKind.Refusal:
                return new Outcome(IsOver: true, $"member {order.From} refused: {Encoding.UTF8.GetString(body)}");
            default:
                return new Outcome(IsOver: false, FrameReader.Describe(FrameStatus.Malformed));
        }
    }

    private Outcome End(SnapshotEnd end)
    {
        if (end.Length != _held.Bytes || end.Checksum != _checksum)
            return new Outcome(IsOver: true, $"what arrived is not the state of member {order.From}: its checksum does not hold");
        sink.Complete();
        return Outcome.Success;
    }

    // The other side closes what it keeps open; without this it does so after a while.
    private static async ValueTask SayDoneAsync(Connection connection, CancellationToken token)
    {
        FrameBuffer done = new(connection.Format);
        done.Add(FrameKind.SnapshotDone, []);
        try
        {
            await connection.SendAsync(done.Written, token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The state is here; nothing depends on this word.
        }
    }

    private bool IsFit(SnapshotHead head) => head.Description.Position.Index >= order.AtLeast.Index
        && (head.Offset == 0 || (head.Offset == _held.Bytes && head.Description.Id == _held.Id));

    private void Begin(SnapshotHead head)
    {
        sink.Begin(head.Description, head.Offset);
        _hasBegun = true;
        if (head.Offset == 0)
            _checksum = 0;
        _held = new SnapshotHolding(head.Description.Id, head.Offset);
    }

    private void Write(in ReadOnlySequence<byte> chunk)
    {
        foreach (ReadOnlyMemory<byte> part in chunk)
        {
            sink.Write(_held.Bytes, part.Span);
            _checksum = Crc32C.Compute(_checksum, part.Span);
            _held = _held with { Bytes = _held.Bytes + part.Length };
        }
        _progressAt = options.Time.GetTimestamp();
        _backoff.Reset();
    }

    private void ReadBackHeld()
    {
        if (sink.Held is not { } held)
            return;
        // The other side knows the checksums at the ends of whole chunks.
        held = held with { Bytes = held.Bytes / SnapshotChunk.BytesMax * SnapshotChunk.BytesMax };
        byte[] bytes = new byte[SnapshotChunk.BytesMax];
        for (long offset = 0; offset < held.Bytes;)
        {
            Span<byte> part = bytes.AsSpan(0, (int)Math.Min(bytes.Length, held.Bytes - offset));
            sink.ReadBack(offset, part);
            _checksum = Crc32C.Compute(_checksum, part);
            offset += part.Length;
        }
        _held = held;
    }

    // How one connection ended: whether another attempt is pointless, and why it ended, null when the state is there.
    private readonly record struct Outcome(bool IsOver, string? Reason)
    {
        public static Outcome Success => new(IsOver: true, null);
    }
}
