using System.CommandLine;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>What whoever runs a cluster does with it; docs/operations.md tells when.</summary>
internal static class OperateCommands
{
    public static IEnumerable<Command> All() =>
    [
        ForceNewClusterCommand.Create(),
        BackupCommand.Create(),
        RestoreCommand.Create(),
    ];
}
