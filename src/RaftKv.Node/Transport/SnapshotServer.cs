using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>Sends this node's state to members that fell too far behind, each on a connection of its own.</summary>
internal sealed class SnapshotServer : IDisposable
{
    private readonly TcpTransportOptions _options;
    private readonly SnapshotShelf? _shelf;
    private readonly RateLimit _rate;

    public SnapshotServer(TcpTransportOptions options)
    {
        _options = options;
        _rate = new RateLimit(options.SnapshotBytesPerSecondMax, options.Time);
        if (options.Snapshots is { } source)
            _shelf = new SnapshotShelf(source, options.SnapshotStreamsMax, options.SnapshotKeepTime, options.Time);
    }

    /// <summary>Serves one connection; returns why it was closed, in words, empty when it ended well.</summary>
    public async Task<string> ServeAsync(Connection connection, NodeId peer, CancellationToken stopping)
    {
        using CancellationTokenSource patience = new(_options.SnapshotStallTimeout, _options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            (FrameStatus status, FrameKind kind, byte[] body) = await FrameReader.ReadAsync(
                connection.Input, connection.Format, Handshake.BytesMax, either.Token).ConfigureAwait(false);
            if (status != FrameStatus.Done)
                return FrameReader.Describe(status);
            if (kind != FrameKind.SnapshotRequest || SnapshotRequest.Decode(body) is not { } request)
                return FrameReader.Describe(FrameStatus.Malformed);
            return await ServeAsync(connection, peer, request, patience, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return "it did not take the state it asked for";
        }
    }

    public void Dispose() => _shelf?.Dispose();

    private async Task<string> ServeAsync(
        Connection connection, NodeId peer, SnapshotRequest request, CancellationTokenSource patience, CancellationToken token)
    {
        SnapshotSession? session;
        try
        {
            session = _shelf?.Open(peer, request, connection);
        }
        catch (Exception e)
        {
            // The store's failure is told to the one who asked; the node's own work meets it by itself.
            return await RefuseAsync(connection, e.Message, token).ConfigureAwait(false);
        }
        if (session is null)
            return await RefuseAsync(connection, $"there is no state here that includes {request.AtLeast}", token).ConfigureAwait(false);
        try
        {
            await SendAsync(connection, session, request, patience, token).ConfigureAwait(false);
            (FrameStatus status, FrameKind kind, _) = await FrameReader.ReadAsync(
                connection.Input, connection.Format, Handshake.BytesMax, token).ConfigureAwait(false);
            if (status == FrameStatus.Done && kind == FrameKind.SnapshotDone)
                _shelf!.Close(peer, request.Group, connection);
            return "";
        }
        catch (SnapshotRefusedException e)
        {
            _shelf!.Close(peer, request.Group, connection);
            return await RefuseAsync(connection, e.Message, token).ConfigureAwait(false);
        }
        finally
        {
            _shelf!.Keep(peer, request.Group, connection);
        }
    }

    private async ValueTask SendAsync(
        Connection connection, SnapshotSession session, SnapshotRequest request, CancellationTokenSource patience, CancellationToken token)
    {
        long offset = session.Resume(request.Held, request.HeldChecksum);
        FrameBuffer frames = new(connection.Format);
        frames.Add(FrameKind.SnapshotHead, new SnapshotHead(session.Description, offset).Encode());
        await connection.SendAsync(frames.Written, token).ConfigureAwait(false);
        byte[] frame = new byte[SnapshotChunk.PrefixBytes + SnapshotChunk.BytesMax];
        while (true)
        {
            int count = Read(session, connection, offset, frame.AsSpan(SnapshotChunk.PrefixBytes));
            if (count == 0)
                break;
            await _rate.TakeAsync(count, token).ConfigureAwait(false);
            patience.CancelAfter(_options.SnapshotStallTimeout);
            Memory<byte> filled = frame.AsMemory(0, SnapshotChunk.PrefixBytes + count);
            SnapshotChunk.Seal(filled.Span, offset, connection.Format);
            await connection.SendAsync(filled, token).ConfigureAwait(false);
            offset += count;
        }
        frames.Clear();
        frames.Add(FrameKind.SnapshotEnd, session.End!.Value.Encode());
        await connection.SendAsync(frames.Written, token).ConfigureAwait(false);
    }

    private static int Read(SnapshotSession session, Connection owner, long offset, Span<byte> chunk)
    {
        int? count;
        try
        {
            count = session.Read(owner, offset, chunk);
        }
        catch (Exception e)
        {
            throw new SnapshotRefusedException($"its state cannot be read: {e.Message}");
        }
        return count ?? throw new SnapshotRefusedException("another connection took this one's place");
    }

    private static async Task<string> RefuseAsync(Connection connection, string reason, CancellationToken token)
    {
        FrameBuffer refusal = new(connection.Format);
        refusal.Add(FrameKind.Refusal, Encoding.UTF8.GetBytes(reason));
        await connection.SendAsync(refusal.Written, token).ConfigureAwait(false);
        return reason;
    }
}
