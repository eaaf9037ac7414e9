using System.CommandLine;
using System.Net;
using RaftKv.Raft;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The <c>restore</c> subcommand: a backup becomes the directory of one member of a new cluster.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        Option<string> file = new("--file") { Description = "The backup.", Required = true };
        Option<int> id = new("--id") { Description = "The member's number.", Required = true };
        id.CustomParser = CommandLineTypes.Number("--id", 1, 1_000_000);
        Option<string> cluster = new("--cluster") { Description = "The new cluster's name.", Required = true };
        Option<string> data = new("--data") { Description = "The member's data directory, absent or empty.", Required = true };
        Option<SortedDictionary<int, IPEndPoint>> members = new("--member") { Description = "A member as number=address, once for each." };
        members.CustomParser = CommandLineTypes.Members("--member");
        members.DefaultValueFactory = _ => [];
        members.Arity = ArgumentArity.OneOrMore;
        Command command = new("restore", "Make one member's directory of a new cluster from a backup.") { file, id, cluster, data, members };
        command.SetAction((parsed, _) => Offline.RunAsync(() =>
        {
            using FileStream backup = File.OpenRead(parsed.GetValue(file)!);
            NodeId self = new(parsed.GetValue(id));
            SortedDictionary<int, IPEndPoint> all = parsed.GetValue(members)!;
            long revision = StoreRecovery.Restore(
                new KeyValueStoreOptions
                {
                    DataDirectory = parsed.GetValue(data)!,
                    ClusterId = parsed.GetValue(cluster)!,
                    NodeId = self,
                    Members = all.ToDictionary(pair => new NodeId(pair.Key), pair => (EndPoint)pair.Value),
                    Listen = all.GetValueOrDefault(parsed.GetValue(id)),
                },
                backup);
            Console.WriteLine($"Node {self} of cluster {parsed.GetValue(cluster)} begins at revision {revision}.");
        }));
        return command;
    }
}
