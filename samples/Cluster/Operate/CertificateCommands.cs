using System.CommandLine;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The subcommands <c>authority</c> and <c>certify</c>: certificates to try TLS with.</summary>
internal static class CertificateCommands
{
    public static IEnumerable<Command> All() => [Authority(), Certify()];

    private static Command Authority()
    {
        Option<string> folder = Folder();
        Option<bool> forget = new("--forget") { Description = "Make none, but trust the newest alone from now on." };
        Command command = new("authority", "Make an authority, which is trusted beside those before it.") { folder, forget };
        command.SetAction((parsed, _) => Offline.RunAsync(() =>
        {
            CertificateFolder certificates = new(parsed.GetValue(folder)!);
            if (parsed.GetValue(forget))
                certificates.Forget();
            else
                certificates.MakeAuthority();
        }));
        return command;
    }

    private static Command Certify()
    {
        Option<string> folder = Folder();
        Option<string> cluster = new("--cluster") { Description = "The cluster's name.", Required = true };
        Option<int> id = new("--id") { Description = "The member's number.", Required = true };
        id.CustomParser = CommandLineTypes.Number("--id", 1, 1_000_000);
        Command command = new("certify", "Make a member's key and certificate, signed by the newest authority.") { folder, cluster, id };
        command.SetAction((parsed, _) => Offline.RunAsync(
            () => new CertificateFolder(parsed.GetValue(folder)!).Certify(parsed.GetValue(cluster)!, parsed.GetValue(id))));
        return command;
    }

    private static Option<string> Folder() => new("--folder") { Description = "The folder with the certificates.", Required = true };
}
