using System.Net;
using System.Net.Sockets;

namespace RaftKv.Node.Tests.Support;

/// <summary>Sockets on 127.0.0.1 whose ports the system chose.</summary>
internal static class Loopback
{
    public static Socket Bind(int port = 0)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    public static IPEndPoint AddressOf(Socket socket) => (IPEndPoint)socket.LocalEndPoint!;

    public static async Task<Socket> ConnectAsync(EndPoint address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        return socket;
    }

    /// <summary>Reads until the other side closes and returns all it said.</summary>
    public static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using MemoryStream said = new();
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int count = await socket.ReceiveAsync(buffer, SocketFlags.None).WaitAsync(Until.Patience);
                if (count == 0)
                    return said.ToArray();
                said.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            return said.ToArray();
        }
    }
}
