using System.Net;
using System.Net.Sockets;

namespace RaftKv.Node.Tests.Support;

/// <summary>
/// A port of 127.0.0.1 that stays the test's own while whoever listens there is away. A socket that is bound and does not listen keeps it:
/// the system gives the port to nobody who asks for any, and lets it be bound by name.
/// </summary>
internal sealed class ReservedPort : IDisposable
{
    private readonly Socket _keeper = Loopback.Bind();

    public IPEndPoint Address => Loopback.AddressOf(_keeper);

    /// <summary>A socket bound to the port, for whoever is to listen there next.</summary>
    public Socket Bind() => Loopback.Bind(Address.Port);

    public void Dispose() => _keeper.Dispose();
}
