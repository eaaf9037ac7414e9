using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>A connection with another member: bytes in, bytes out, plain or by TLS. One task reads, one at a time writes.</summary>
internal sealed class Connection : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private readonly Socket _socket;
    private readonly NetworkStream _plain;
    private SslStream? _tls;
    private PipeReader? _input;

    public Connection(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _plain = new NetworkStream(socket, ownsSocket: false);
        // Bytes are also sent by whoever has them, as far as the socket takes them at once.
        _socket.Blocking = false;
    }

    public PipeReader Input =>
        _input ??= PipeReader.Create(Stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true));

    /// <summary>How frames look once the handshake has ended.</summary>
    public WireFormat Format { get; set; }

    /// <summary>The log formats that the other side's build speaks, once it has said so.</summary>
    public LogFormatRange? PeerFormats { get; set; }

    /// <summary>The URIs that the other side's certificate names; null without TLS.</summary>
    public IReadOnlyList<string>? PeerNames { get; set; }

    /// <summary>Why this side broke the connection, in words; null when it did not.</summary>
    public string? CloseReason { get; private set; }

    /// <summary>Whether the other side can be told something: not when TLS was begun and failed.</summary>
    public bool CanSend => _tls is null || _tls.IsAuthenticated;

    private Stream Stream => _tls ?? (Stream)_plain;

    /// <summary>From now on everything goes through TLS, which the caller establishes. Before the first use of the connection.</summary>
    public SslStream BeginTls() => _tls = new SslStream(_plain, leaveInnerStreamOpen: true);

    /// <summary>Waits for the first byte and leaves it where it is; null when the other side closed instead.</summary>
    public async ValueTask<byte?> PeekAsync(CancellationToken token)
    {
        byte[] first = new byte[1];
        return await _socket.ReceiveAsync(first, SocketFlags.Peek, token).ConfigureAwait(false) == 0 ? null : first[0];
    }

    /// <summary>Sends what the socket takes without waiting; returns how many bytes that was. TLS takes none this way.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (_tls is not null)
            return 0;
        int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? sent : 0;
    }

    /// <summary>Sends all of it.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token) => Stream.WriteAsync(bytes, token);

    /// <summary>Completes when the other side closes, or breaks the rule that it sends nothing.</summary>
    public async Task WatchForCloseAsync(CancellationToken token)
    {
        try
        {
            await Stream.ReadAsync(new byte[1], token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Closed one way or the other.
        }
    }

    /// <summary>Breaks the connection; whoever uses it notices. May be called from any thread.</summary>
    public void Close(string reason)
    {
        CloseReason ??= reason;
        _socket.Dispose();
    }

    /// <summary>Closes the connection; called by its owner when nobody uses it any more.</summary>
    public void Dispose()
    {
        _input?.Complete();
        _tls?.Dispose();
        _plain.Dispose();
        _socket.Dispose();
    }
}
