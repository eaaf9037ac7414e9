using System.Net;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Testing.Network;

namespace RaftKv.Testing.Tests.Network;

/// <summary>Source: <see cref="TransportConformance"/>, on <see cref="MemoryTransport"/>.</summary>
public sealed class MemoryTransportTests
{
    public static TheoryData<string> Cases => [.. TransportConformance.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Conforms(string name) => TransportConformance.RunAsync(name, new Harness());

    private sealed class Harness : ITransportHarness
    {
        private readonly MemoryNetwork _network = new();
        private readonly SortedList<NodeId, MemoryTransport> _open = [];

        public EndPoint AddressOf(NodeId member) => MemoryNetwork.AddressOf(member);

        public Task<ITransport> StartAsync(NodeId member, ITransportReceiver receiver, ISnapshotSource? snapshots)
        {
            MemoryTransport transport = _network.Open(member, receiver, snapshots);
            _open.Add(member, transport);
            return Task.FromResult<ITransport>(transport);
        }

        public async Task StopAsync(NodeId member)
        {
            _open.Remove(member, out MemoryTransport? transport);
            await transport!.DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (MemoryTransport transport in _open.Values)
                await transport.DisposeAsync();
        }
    }
}
