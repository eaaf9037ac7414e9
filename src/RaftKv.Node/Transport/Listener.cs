using System.Net.Sockets;

namespace RaftKv.Node.Transport;

/// <summary>Opens the socket on which the other members reach a node.</summary>
internal static class Listener
{
    private const int Backlog = 512;

    /// <summary>A listening socket; null when the node is set up without one.</summary>
    /// <exception cref="RaftKvException">The address is taken or cannot be bound.</exception>
    public static Socket? Open(RaftNodeOptions options)
    {
        Socket? socket = options.ListenSocket;
        if (socket is null && options.Listen is null)
            return null;
        try
        {
            if (socket is null)
            {
                socket = new Socket(options.Listen!.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(options.Listen);
            }
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            string address = options.Listen?.ToString() ?? "the given socket";
            string reason = e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "it is in use" : e.Message;
            throw new RaftKvException($"The node cannot listen on {address}: {reason}.", WriteOutcome.NotApplied, null, e)
            {
                Error = RaftKvError.AddressUnavailable,
            };
        }
    }
}
