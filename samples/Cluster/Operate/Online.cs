using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>Asks running members by their control API; a refusal is one line on standard error.</summary>
internal static class Online
{
    /// <summary>The option that says whom to ask.</summary>
    public static Option<IPEndPoint> At()
    {
        Option<IPEndPoint> at = new("--at") { Description = "The control address of a member.", Required = true };
        at.CustomParser = CommandLineTypes.Address("--at");
        return at;
    }

    public static async Task<int> RunAsync(IPEndPoint at, Func<ControlClient, Task> ask)
    {
        try
        {
            using ControlClient client = new(new Uri($"http://{at}"));
            await ask(client);
            return ExitCodes.Success;
        }
        catch (Exception refusal) when (refusal is ControlException or HttpRequestException or IOException or SocketException
            or JsonException or TimeoutException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(refusal.Message.ReplaceLineEndings(" "));
            return ExitCodes.Failed;
        }
    }
}
