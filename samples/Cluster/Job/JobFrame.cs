using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>What surrounds every job: the folder of its data directories, what ends it early, and the exit code.</summary>
internal static class JobFrame
{
    /// <summary>
    /// Runs a job in a folder and says with its exit code whether everything held. A folder of its own is taken away again, unless there is
    /// something to look at in it.
    /// </summary>
    public static async Task<int> RunAsync(JobOptions options, Func<string, Task<bool>> job, CancellationToken cancellationToken)
    {
        string root = options.DataDirectory ?? Directory.CreateTempSubdirectory("raftkv-cluster-").FullName;
        bool tidy = false;
        try
        {
            tidy = await job(root);
            return tidy ? ExitCodes.Success : ExitCodes.Failed;
        }
        catch (Exception ended) when (cancellationToken.IsCancellationRequested && ended is OperationCanceledException or IOException)
        {
            // From a terminal the node processes hear of it too, and one may have ended before this job looked.
            tidy = true;
            await Console.Error.WriteLineAsync("Interrupted; the node processes were stopped.");
            return ExitCodes.Interrupted;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or ControlException
            or TimeoutException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(failure.Message.ReplaceLineEndings(" "));
            return ExitCodes.Failed;
        }
        finally
        {
            if (tidy && options.DataDirectory is null)
                Directory.Delete(root, recursive: true);
            else
                await Console.Error.WriteLineAsync($"The data directories were kept in {root}.");
        }
    }
}
