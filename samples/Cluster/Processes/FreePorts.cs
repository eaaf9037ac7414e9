using System.Net;
using System.Net.Sockets;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>Picks ports that nobody listens on.</summary>
/// <remarks>
/// They lie below the range from which systems take ports for outgoing connections, so that no connection borrows the port of
/// a member while it is being restarted.
/// </remarks>
internal static class FreePorts
{
    private const int First = 10_240;
    private const int End = 32_000;

    public static IReadOnlyList<IPEndPoint> Pick(int count)
    {
        List<Socket> held = [];
        try
        {
            int port = First + (int)((ulong)(TimeProvider.System.GetTimestamp() ^ Environment.ProcessId * 7919L) % (End - First));
            for (int tries = 0; held.Count < count && tries < End - First; tries++)
            {
                port = First + ((port - First + 1) % (End - First));
                if (TryHold(port) is { } socket)
                    held.Add(socket);
            }
            return held.Count == count
                ? [.. held.Select(socket => (IPEndPoint)socket.LocalEndPoint!)]
                : throw new IOException($"No {count} free ports between {First} and {End}.");
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    private static Socket? TryHold(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
