using RaftKv.Storage;

namespace RaftKv.Samples.Cluster.Operate;

/// <summary>Runs work on the files of a member that does not run; a refusal is one line on standard error.</summary>
internal static class Offline
{
    public static async Task<int> RunAsync(Action work)
    {
        try
        {
            work();
            return ExitCodes.Success;
        }
        catch (Exception refusal) when (refusal is RaftKvException or StorageException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(refusal.Message.ReplaceLineEndings(" "));
            return ExitCodes.Failed;
        }
    }
}
