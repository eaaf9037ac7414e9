using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Load;

/// <summary>Many groups on three hosts in this process: how long until each has a leader, and what they cost while nothing happens.</summary>
internal sealed class Groups : IMeasurement
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    // What was started must be compiled for good, or the compiler's work would be counted.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(8);

    public string Name => "groups";

    public async Task<IReadOnlyList<Figure>> RunAsync(LoadOptions options, string directory)
    {
        List<NodeHost> hosts = await OpenAsync(directory);
        try
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            long start = Stopwatch.GetTimestamp();
            List<RaftNode> nodes = [];
            for (int group = 0; group < options.GroupCount; group++)
            {
                foreach (NodeHost host in hosts)
                    nodes.Add(await host.StartGroupAsync(new GroupId(group), [], new MemoryMachine()));
            }
            await Task.WhenAll(nodes.Select(node => node.WaitForLeaderAsync()));
            double started = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Task.WhenAll(nodes.Select(node => node.ProposeAsync(new byte[options.Size]).AsTask()));
            await Task.Delay(Settle);
            double idle = await IdleAsync();
            double kilobytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / nodes.Count;
            string what = $"{options.GroupCount:N0} groups of three members";
            return
            [
                Figure.Below($"{what}: until each has a leader", started, 5, "s"),
                Figure.Below($"{what}: part of a processor while idle", 100 * idle, 5, "%"),
                new Figure($"{what}: memory of a member", Figure.Text(kilobytes, "KiB")),
            ];
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }
    }

    private static async Task<double> IdleAsync()
    {
        using Process process = Process.GetCurrentProcess();
        TimeSpan used = process.TotalProcessorTime;
        await Task.Delay(Idle);
        process.Refresh();
        return (process.TotalProcessorTime - used) / Idle;
    }

    private static async Task<List<NodeHost>> OpenAsync(string directory)
    {
        Socket[] sockets = [LoadCluster.Bind(), LoadCluster.Bind(), LoadCluster.Bind()];
        Dictionary<NodeId, EndPoint> members = [];
        for (int i = 0; i < sockets.Length; i++)
            members.Add(new NodeId(i + 1), sockets[i].LocalEndPoint!);
        List<NodeHost> hosts = [];
        for (int i = 0; i < sockets.Length; i++)
        {
            hosts.Add(await NodeHost.OpenAsync(new RaftNodeOptions
            {
                NodeId = new NodeId(i + 1),
                DataDirectory = Path.Combine(directory, $"host{i + 1}"),
                ListenSocket = sockets[i],
                Members = members,
                QuiesceTicks = 20,
            }));
        }
        return hosts;
    }
}
