using System.Net;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Testing.Network;

/// <summary>Opens transports of the kind that <see cref="TransportConformance"/> is to check. One harness serves one case.</summary>
public interface ITransportHarness : IAsyncDisposable
{
    /// <summary>Where a member is reached, or will be once it runs.</summary>
    /// <param name="member">1 to 3.</param>
    EndPoint AddressOf(NodeId member);

    /// <summary>Starts a member's transport without peers.</summary>
    /// <param name="member">1 to 3; not running.</param>
    /// <param name="receiver">Takes what arrives.</param>
    /// <param name="snapshots">The states it has; null for none.</param>
    Task<ITransport> StartAsync(NodeId member, ITransportReceiver receiver, ISnapshotSource? snapshots);

    /// <summary>Stops a member's transport; what it was about to send or fetch ends.</summary>
    /// <param name="member">A member that runs.</param>
    Task StopAsync(NodeId member);
}
