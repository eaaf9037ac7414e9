using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RaftKv.Node;
using RaftKv.Raft;

namespace RaftKv.Load;

/// <summary>A member that runs in a process of its own, to be killed or to allocate apart.</summary>
internal static class MemberProcess
{
    public static Process Start(int id, IPEndPoint[] addresses, string directory, int electionTicks = 10)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(MemberProcess).Assembly.Location);
        string member = $"{id},{electionTicks},{string.Join<IPEndPoint>(',', addresses)}";
        foreach (string argument in (string[])["--member", member, "--directory", directory])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>How a member of such a cluster is set up.</summary>
    public static RaftNodeOptions Setup(int id, IPEndPoint[] addresses, string directory, Socket? socket, int electionTicks = 10) => new()
    {
        NodeId = new NodeId(id),
        DataDirectory = Path.Combine(directory, $"node{id}"),
        ListenSocket = socket,
        ElectionTicks = electionTicks,
        Listen = socket is null ? addresses[id - 1] : null,
        Members = Enumerable.Range(1, addresses.Length).ToDictionary(i => new NodeId(i), i => (EndPoint)addresses[i - 1]),
    };

    /// <summary>Runs until the process that started it is gone or kills it.</summary>
    public static async Task<int> RunAsync(LoadOptions options)
    {
        IPEndPoint[] addresses = [.. options.Addresses.Select(IPEndPoint.Parse)];
        RaftNodeOptions setup = Setup(options.MemberId, addresses, options.Directory!, null, options.ElectionTicks);
        await using RaftNode node = await RaftNode.StartAsync(setup, new MemoryMachine());
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
