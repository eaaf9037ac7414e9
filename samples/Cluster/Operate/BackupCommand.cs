using System.CommandLine;
using System.Net;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>The <c>backup</c> subcommand: a file with the whole store of a running cluster.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        Option<IPEndPoint> at = Online.At();
        Option<string> file = new("--file") { Description = "The file to write; it is there whole or not at all.", Required = true };
        Command command = new("backup", "Copy the store of a running cluster into a file.") { at, file };
        command.SetAction((parsed, cancellationToken) => Online.RunAsync(parsed.GetValue(at)!, async client =>
        {
            string path = parsed.GetValue(file)!;
            string unfinished = path + ".unfinished";
            await using (FileStream stream = File.Create(unfinished))
            {
                await client.BackupAsync(stream, cancellationToken);
                stream.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
            Console.WriteLine($"The backup has {new FileInfo(path).Length} bytes.");
        }));
        return command;
    }
}
