using System.CommandLine;
using RaftKv.Node;
using Command = System.CommandLine.Command;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The <c>force-new-cluster</c> subcommand: a survivor's directory becomes a cluster of its own.</summary>
internal static class ForceNewClusterCommand
{
    public static Command Create()
    {
        Option<string> data = new("--data") { Description = "The survivor's data directory; its member does not run.", Required = true };
        Option<string> cluster = new("--cluster") { Description = "The new cluster's name, another one than before.", Required = true };
        Command command = new("force-new-cluster", "Let one survivor go on alone when the majority is lost for good.") { data, cluster };
        command.SetAction((parsed, _) => Offline.RunAsync(() =>
        {
            ForcedCluster forced = StoreRecovery.ForceNewCluster(parsed.GetValue(data)!, parsed.GetValue(cluster)!);
            foreach (ForcedGroup group in forced.Groups)
            {
                Console.WriteLine($"Node {forced.NodeId} of cluster {forced.OldClusterId} is now the only member of cluster "
                    + $"{forced.NewClusterId}, with everything up to entry {group.Last}; {group.Last.Value - group.Commit.Value} of the "
                    + "entries were not known to be committed.");
            }
        }));
        return command;
    }
}
