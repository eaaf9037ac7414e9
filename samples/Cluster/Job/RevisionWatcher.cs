using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>
/// Watches everything from revision 2, the first, on one member; goes on at another where it stopped when the connection ends.
/// Each put is a revision of its own, so every revision must come exactly once and in order.
/// </summary>
internal sealed class RevisionWatcher(ProcessCluster cluster, Workload workload)
{
    private const int FaultsMax = 10;
    private const long FirstRevision = 2;

    private readonly Dictionary<int, long> _seen = [];
    private readonly List<string> _faults = [];
    private long _last = FirstRevision - 1;
    private int _resumed;
    private int _member;

    /// <summary>The last revision that was delivered.</summary>
    public long LastRevision => Volatile.Read(ref _last);

    /// <summary>How often the watch went on with a new connection.</summary>
    public int Resumed => Volatile.Read(ref _resumed);

    /// <summary>The member that is watched on.</summary>
    public int MemberId => Volatile.Read(ref _member);

    /// <summary>What was out of order, missing, repeated or never written; complete once <see cref="RunAsync"/> has ended.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The revision at which a key was delivered; 0 when it was not.</summary>
    public long RevisionOf(int number) => _seen.GetValueOrDefault(number);

    /// <summary>Watches until cancelled.</summary>
    /// <param name="first">The member to begin with, as a place in the list.</param>
    public async Task RunAsync(int first, CancellationToken cancellationToken)
    {
        for (int member = first; !cancellationToken.IsCancellationRequested; member++)
        {
            Member watched = cluster.Members[member % cluster.Members.Count];
            long before = _last;
            try
            {
                if (watched.Client is { } client)
                    await FollowAsync(watched, client, cancellationToken);
            }
            catch (Exception ended) when (ended is HttpRequestException or IOException or ObjectDisposedException)
            {
                Interlocked.Increment(ref _resumed);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ControlException refusal)
            {
                Report(refusal.Message);
                return;
            }
            if (_last == before)
                await ProcessCluster.PauseAsync(CancellationToken.None);
        }
    }

    private async Task FollowAsync(Member watched, ControlClient client, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _member, watched.Id);
        await foreach (WatchLine line in client.WatchAsync(_last + 1, cancellationToken))
        {
            foreach (EventReply change in line.Events)
                Take(change);
            if (line.Revision != _last)
                Report($"The batch that ends with revision {_last} says that it ends with {line.Revision}.");
        }
    }

    private void Take(EventReply change)
    {
        if (change.Revision != _last + 1)
            Report($"Revision {change.Revision} came after {_last}.");
        Volatile.Write(ref _last, change.Revision);
        int number = workload.Number(change.Key);
        if (number < 0 || change.Value != workload.Value(change.Key))
            Report($"Revision {change.Revision} puts '{change.Key}' to a value that nobody wrote.");
        else if (!_seen.TryAdd(number, change.Revision))
            Report($"Key '{change.Key}' was put at revision {_seen[number]} and again at {change.Revision}.");
    }

    private void Report(string fault)
    {
        if (_faults.Count < FaultsMax)
            _faults.Add(fault);
    }
}
