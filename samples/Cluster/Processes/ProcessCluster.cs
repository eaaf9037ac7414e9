using RaftKv.Samples.Cluster.Control;

namespace RaftKv.Samples.Cluster.Processes;

/// <summary>All members of a cluster, as processes of this machine.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly List<Member> _members;

    public ProcessCluster(ClusterLayout layout)
    {
        Layout = layout;
        _members = [.. layout.Ids.Select(id => new Member(id, layout))];
    }

    public ClusterLayout Layout { get; }

    public IReadOnlyList<Member> Members => _members;

    public Task StartAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_members.Select(member => member.StartAsync(cancellationToken)));

    /// <summary>Polls until a running member says that it leads, and others agree with it.</summary>
    public async Task<Member> LeaderAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            StatusReply?[] statuses = await PollAsync(cancellationToken);
            StatusReply? leader = statuses.FirstOrDefault(status => status is not null && status.Leader == status.Node);
            int agreeing = leader is null
                ? 0
                : statuses.Count(status => status?.Leader == leader.Node && status.Term == leader.Term);
            if (leader is not null && agreeing > _members.Count / 2)
                return _members.Single(member => member.Id == leader.Node);
            await PauseAsync(cancellationToken);
        }
    }

    /// <summary>The number of the member that the running ones follow at this moment; null when they know none.</summary>
    public async Task<long?> LeaderNowAsync(CancellationToken cancellationToken)
    {
        StatusReply?[] statuses = await PollAsync(cancellationToken);
        return statuses.Where(status => status?.Leader is not null).MaxBy(status => status!.Term)?.Leader;
    }

    /// <summary>Polls until a member has applied everything up to a revision.</summary>
    public static async Task CaughtUpAsync(Member member, long revision, CancellationToken cancellationToken)
    {
        while (await member.PollAsync(cancellationToken) is not { } status || status.Revision < revision)
            await PauseAsync(cancellationToken);
    }

    public Task<StatusReply?[]> PollAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_members.Select(member => member.PollAsync(cancellationToken)));

    /// <summary>Throws when a process has ended that nobody ended, with what it said.</summary>
    public void RequireRunning()
    {
        foreach (Member member in _members)
        {
            if (member.Process is { HasExited: true } process)
                throw new IOException($"Node {member.Id} ended by itself with exit code {process.ExitCode}: {process.Errors}");
        }
    }

    /// <summary>The pause between two polls.</summary>
    public static Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(PollInterval, TimeProvider.System, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (Member member in _members)
            await member.DisposeAsync();
    }
}
