using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RaftKv.Node;

namespace RaftKv.Load;

/// <summary>What a leader allocates for each proposal; the followers are other processes, so that only the leader is counted.</summary>
internal sealed class Allocations : IMeasurement
{
    private const int Clients = 100;

    // The followers leave it to the member that is measured to campaign.
    private const int PatientElectionTicks = 100;

    public string Name => "allocations";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        Socket[] sockets = [LoadCluster.Bind(), LoadCluster.Bind(), LoadCluster.Bind()];
        IPEndPoint[] addresses = [.. sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        sockets[1].Dispose();
        sockets[2].Dispose();
        Process[] followers = [Follower(2), Follower(3)];
        try
        {
            await using RaftNode leader =
                await RaftNode.StartAsync(MemberProcess.Setup(1, addresses, directory, sockets[0]), new MemoryMachine());
            if (await leader.WaitForLeaderAsync() != leader.NodeId)
                throw new InvalidOperationException("Another member leads, although it should have waited longer.");
            byte[] payload = new byte[options.Size];
            Sample sample = await ClosedLoop.RunAsync(Clients, options.Seconds, _ => leader.ProposeAsync(payload));
            string what = $"allocated by the leader for a proposal of {options.Size} bytes, copy and client included";
            return [Figure.Below(what, sample.BytesEach, 300, "B")];
        }
        finally
        {
            foreach (Process follower in followers)
            {
                follower.Kill();
                await follower.WaitForExitAsync();
                follower.Dispose();
            }
        }

        Process Follower(int id) => MemberProcess.Start(id, addresses, directory, PatientElectionTicks);
    }
}
