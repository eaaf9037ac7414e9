using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>Picks ports that nobody listens on.</summary>
/// <remarks>
/// They lie below the range from which systems take ports for outgoing connections, so that no connection borrows the port of
/// a member while it is being restarted. Each process begins somewhere else and picks a port once.
/// </remarks>
internal static class FreePorts
{
    private const int First = 10_240;
    private const int End = 32_000;

    private static int _last = RandomNumberGenerator.GetInt32(int.MaxValue);

    public static IReadOnlyList<IPEndPoint> Pick(int count)
    {
        List<Socket> held = [];
        try
        {
            for (int tries = 0; held.Count < count && tries < End - First; tries++)
            {
                uint next = (uint)Interlocked.Increment(ref _last);
                if (TryHold(First + (int)(next % (End - First))) is { } socket)
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
