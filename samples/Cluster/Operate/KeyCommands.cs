using System.CommandLine;
using System.Net;
using System.Text;
using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The subcommands <c>put</c> and <c>get</c>, and <c>stop</c>, which is as short.</summary>
internal static class KeyCommands
{
    private static readonly TimeSpan PutTimeout = TimeSpan.FromSeconds(90);

    public static IEnumerable<Command> All() => [Put(), Get(), Stop()];

    private static Command Put()
    {
        Option<IPEndPoint> at = Online.At();
        Argument<string> key = new("key");
        Argument<string> value = new("value");
        Command command = new("put", "Put a value under a key.") { at, key, value };
        command.SetAction((parsed, cancellationToken) => Online.RunAsync(parsed.GetValue(at)!, async client =>
        {
            PutOutcome put = await client.PutAsync(
                parsed.GetValue(key)!, Encoding.UTF8.GetBytes(parsed.GetValue(value)!), PutTimeout, cancellationToken);
            Console.WriteLine(put.Kind == PutOutcomeKind.Acknowledged ? $"Put at revision {put.Revision}." : $"{put.Kind}: {put.Reason}");
        }));
        return command;
    }

    private static Command Get()
    {
        Option<IPEndPoint> at = Online.At();
        Argument<string> key = new("key");
        Command command = new("get", "Read a key, linearizably.") { at, key };
        command.SetAction((parsed, cancellationToken) => Online.RunAsync(parsed.GetValue(at)!, async client =>
        {
            string wanted = parsed.GetValue(key)!;
            RangeReply found = await client.RangeAsync(wanted, 1, serializable: false, cancellationToken);
            PairReply? pair = found.Items.FirstOrDefault(item => item.Key == wanted);
            Console.WriteLine(pair is null ? $"There is no {wanted} at revision {found.Revision}." : pair.Value);
        }));
        return command;
    }

    private static Command Stop()
    {
        Option<IPEndPoint> at = Online.At();
        Command command = new("stop", "Stop a member in good order; a leader hands over first.") { at };
        command.SetAction((parsed, cancellationToken) => Online.RunAsync(parsed.GetValue(at)!, async client =>
        {
            StatusReply status = await client.StopAsync(cancellationToken);
            Console.WriteLine($"Node {status.Node} stops.");
        }));
        return command;
    }
}
