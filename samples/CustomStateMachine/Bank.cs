using System.Net;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>Three members of the ledger in this process, each with a directory and a socket of its own, as three hosts would have.</summary>
internal sealed class Bank : IAsyncDisposable
{
    private const int Members = 3;

    private readonly List<(RaftNode Node, LedgerMachine Ledger)> _members = [];

    private Bank()
    {
    }

    /// <summary>Draws free addresses for the members. They stay theirs for good: a configuration that is stored names them.</summary>
    public static IPEndPoint[] DrawAddresses() => [.. FreePorts.Pick(Members)];

    /// <summary>Starts the members, or starts them again.</summary>
    public static async Task<Bank> OpenAsync(string directory, IPEndPoint[] addresses)
    {
        Bank bank = new();
        for (int i = 0; i < Members; i++)
        {
            RaftNodeOptions options = new()
            {
                ClusterId = "bank",
                NodeId = new NodeId(i + 1),
                DataDirectory = Path.Combine(directory, $"member-{i + 1}"),
                Listen = addresses[i],
                // A request outlives elections and a disk that is busy: what it asks for happens once.
                RequestTimeout = TimeSpan.FromSeconds(60),
                Members = addresses.Select((address, place) => (Id: new NodeId(place + 1), address))
                    .ToDictionary(member => member.Id, member => (EndPoint)member.address),
            };
            LedgerMachine? ledger = null;
            RaftNode node = await RaftNode.StartAsync(options, place => ledger = new LedgerMachine(place, transfersPerCheckpoint: 100));
            bank._members.Add((node, ledger!));
        }
        return bank;
    }

    public Task<NodeId> WaitForLeaderAsync() => _members[0].Node.WaitForLeaderAsync();

    /// <summary>Asks a member to move money; it passes the request on when it does not lead.</summary>
    /// <returns>Whether the money was there.</returns>
    public async Task<bool> MoveAsync(int member, Transfer transfer) =>
        (await _members[member % Members].Node.ProposeAsync(transfer.Encode())).Payload.Span[0] == 1;

    /// <summary>A member's balances, at least as new as everything that was acknowledged before.</summary>
    public async Task<long[]> AuditAsync(int member)
    {
        await _members[member].Node.ReadBarrierAsync();
        return _members[member].Ledger.Audit();
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((RaftNode node, LedgerMachine _) in _members)
            await node.DisposeAsync();
    }
}
