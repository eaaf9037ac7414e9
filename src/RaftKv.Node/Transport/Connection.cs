using System.IO.Pipelines;
using System.Net.Sockets;

namespace RaftKv.Node.Transport;

/// <summary>A connection with another member: bytes in, bytes out. One task reads, one at a time writes.</summary>
internal sealed class Connection : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    public Connection(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _stream = new NetworkStream(socket, ownsSocket: false);
        // Bytes are also sent by whoever has them, as far as the socket takes them at once.
        _socket.Blocking = false;
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true));
    }

    public PipeReader Input { get; }

    /// <summary>How frames look once the handshake has ended.</summary>
    public WireFormat Format { get; set; }

    /// <summary>Sends what the socket takes without waiting; returns how many bytes that was.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? sent : 0;
    }

    /// <summary>Sends all of it.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token) => _stream.WriteAsync(bytes, token);

    /// <summary>Completes when the other side closes, or breaks the rule that it sends nothing.</summary>
    public async Task WatchForCloseAsync(CancellationToken token)
    {
        try
        {
            await _stream.ReadAsync(new byte[1], token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Closed one way or the other.
        }
    }

    /// <summary>Why this side broke the connection, in words; null when it did not.</summary>
    public string? CloseReason { get; private set; }

    /// <summary>Breaks the connection; whoever uses it notices. May be called from any thread.</summary>
    public void Close(string reason)
    {
        CloseReason ??= reason;
        _socket.Dispose();
    }

    /// <summary>Closes the connection; called by its owner when nobody uses it any more.</summary>
    public void Dispose()
    {
        Input.Complete();
        _stream.Dispose();
        _socket.Dispose();
    }
}
