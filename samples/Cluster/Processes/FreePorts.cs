using System.Net;
using System.Net.Sockets;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>Picks ports that nobody listens on.</summary>
/// <remarks>
/// They lie below the range from which systems take ports for outgoing connections, so that no connection borrows the port of
/// a member while it is being restarted. Where all of 127.0.0.0/8 is this machine, each process has an address of its own there, so that
/// no other process takes the port meanwhile; and one port is picked once.
/// </remarks>
internal static class FreePorts
{
    private const int First = 10_240;
    private const int End = 32_000;

    private static int _last = (int)TimeProvider.System.GetTimestamp();

    /// <summary>The address of this machine that the ports are on.</summary>
    public static IPAddress Address { get; } = OperatingSystem.IsLinux() ? OfProcess(Environment.ProcessId) : IPAddress.Loopback;

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

    // A process's number has at most 22 bits; 127.0 is left to those who name one address themselves.
    private static IPAddress OfProcess(int id) => new([127, (byte)(64 + (id >> 16 & 63)), (byte)(id >> 8), (byte)id]);

    private static Socket? TryHold(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(Address, port));
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
