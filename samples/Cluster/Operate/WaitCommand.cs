using System.CommandLine;
using System.Net;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The <c>wait</c> subcommand: until a cluster is as it should be, with a deadline.</summary>
internal static class WaitCommand
{
    public static Command Create()
    {
        Option<IPEndPoint[]> at = new("--at") { Description = "The control addresses of the members, one or more.", Required = true };
        at.CustomParser = CommandLineTypes.Addresses("--at");
        at.AllowMultipleArgumentsPerToken = true;
        Option<int> voters = new("--voters") { Description = "How many voters there are to be.", Required = true };
        voters.CustomParser = CommandLineTypes.Number("--voters", 1, 1000);
        Option<int> seconds = new("--seconds") { Description = "How long to wait.", DefaultValueFactory = _ => 60 };
        seconds.CustomParser = CommandLineTypes.Number("--seconds", 1, 3600);
        Command command = new("wait", "Wait until members follow one leader, all vote, and hold the same.") { at, voters, seconds };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(at)!, parsed.GetValue(voters), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(IPEndPoint[] at, int voters, TimeSpan patience, CancellationToken cancellationToken)
    {
        ControlClient[] clients = [.. at.Select(address => new ControlClient(new Uri($"http://{address}")))];
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        string missing = "";
        try
        {
            while (true)
            {
                missing = await MissingAsync(clients, voters, deadline.Token);
                if (missing.Length == 0)
                    return ExitCodes.Success;
                await ProcessCluster.PauseAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"Waited in vain: {missing}");
            return ExitCodes.Failed;
        }
        finally
        {
            foreach (ControlClient client in clients)
                client.Dispose();
        }
    }

    // What is not yet as it should be; when nothing is, says how it is and returns an empty text.
    private static async Task<string> MissingAsync(ControlClient[] clients, int voters, CancellationToken cancellationToken)
    {
        try
        {
            StatusReply[] all = await Task.WhenAll(clients.Select(client => client.StatusAsync(cancellationToken)));
            if (all.Any(status => status.Leader is null || status.Leader != all[0].Leader || status.Term != all[0].Term))
                return "the members do not follow one leader.";
            MemberReply[][] lists = await Task.WhenAll(clients.Select(client => client.MembersAsync(cancellationToken)));
            string[] told = [.. lists.Select(Voters)];
            if (told.Distinct().Count() > 1 || lists[0].Count(IsVoter) != voters || lists[0].Length != voters)
                return $"the voters are {told[0]}, and {lists[0].Length} are members.";
            // Who has just started may have applied a part of its log yet: a linearizable read waits for all that was acknowledged before.
            await Task.WhenAll(clients.Select(client => client.RangeAsync("", 1, serializable: false, cancellationToken)));
            all = await Task.WhenAll(clients.Select(client => client.StatusAsync(cancellationToken)));
            long revision = all.Max(status => status.Revision);
            if (all.Any(status => status.Revision < revision))
                return $"not all hold revision {revision}.";
            HashReply[] hashes = await Task.WhenAll(clients.Select(client => client.HashAsync(revision, cancellationToken)));
            if (hashes.Select(hash => hash.Hash).Distinct().Count() > 1)
                return "the members do not hold the same.";
            Console.WriteLine($"Node {all[0].Leader} leads; the voters are {told[0]}; all hold the same up to revision {revision}.");
            return "";
        }
        catch (Exception silent) when (silent is HttpRequestException or IOException or ControlException)
        {
            return silent.Message;
        }
    }

    private static bool IsVoter(MemberReply member) => member.Kind is "Voter" or "Witness";

    private static string Voters(MemberReply[] members) => string.Join(", ", members.Where(IsVoter).Select(member => member.Node));
}
