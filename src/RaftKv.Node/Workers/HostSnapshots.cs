using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>Opens the state of whichever group a member asks for.</summary>
internal sealed class HostSnapshots(HostParts host) : ISnapshotSource
{
    // Opening waits for the batch that is being applied, and for the loop.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public ISnapshotReader? Open(GroupId group, LogPosition atLeast)
    {
        Task<ISnapshotReader?>? opening = host.Find(group)?.OpenSnapshotAsync(atLeast);
        if (opening is null)
            return null;
        if (!opening.Wait(Patience))
        {
            _ = opening.ContinueWith(
                static late => late.Result?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            throw new TimeoutException($"The state of group {group} could not be opened within {Patience}.");
        }
        return opening.Result;
    }
}
