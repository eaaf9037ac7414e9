using System.CommandLine;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>What whoever runs a cluster does with it; docs/operations.md tells when.</summary>
internal static class OperateCommands
{
    public static IEnumerable<Command> All() =>
    [
        .. KeyCommands.All(),
        WaitCommand.Create(),
        .. MemberCommands.All(),
        BackupCommand.Create(),
        RestoreCommand.Create(),
        ForceNewClusterCommand.Create(),
        .. CertificateCommands.All(),
    ];
}
