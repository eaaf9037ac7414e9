using System.Diagnostics;
using System.Net;
using RaftKv.Node;

namespace RaftKv.Load;

/// <summary>The member that runs in a process of its own, to be killed.</summary>
internal static class Victim
{
    private const int Id = 3;

    public static Process Start(IPEndPoint[] addresses, string directory)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Victim).Assembly.Location);
        foreach (string argument in (string[])["--victim", string.Join<IPEndPoint>(',', addresses), "--directory", directory])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Runs until the process that started it is gone or kills it.</summary>
    public static async Task<int> RunAsync(LoadOptions options)
    {
        IPEndPoint[] addresses = [.. options.Addresses.Select(IPEndPoint.Parse)];
        RaftNodeOptions setup = FailOver.Setup(Id, addresses, options.Directory!, null);
        await using RaftNode node = await RaftNode.StartAsync(setup, new MemoryMachine());
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
