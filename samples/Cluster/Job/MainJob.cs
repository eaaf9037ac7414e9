using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Display;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>
/// The main job: write through every member, kill the leader in the middle, start it again, and check that what was acknowledged
/// is there, that nothing else is, and that a watch saw every revision once and in order.
/// </summary>
internal sealed class MainJob
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private readonly int _keys;
    private readonly JobOptions _options;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly ProcessCluster _cluster;
    private readonly Workload _workload;
    private readonly Ledger _ledger;
    private readonly FailOver _failOver;
    private readonly RevisionWatcher _watcher;
    private readonly JobState _state;
    private readonly IDisplay _display;

    private MainJob(int keys, JobOptions options, ProcessCluster cluster, IDisplay display)
    {
        _keys = keys;
        _options = options;
        _cluster = cluster;
        _display = display;
        _workload = new Workload(options.Seed, keys);
        _ledger = new Ledger(keys, _workload.RestartAfter);
        _failOver = new FailOver(_time);
        _watcher = new RevisionWatcher(cluster, _workload);
        _state = new JobState(keys, cluster, _ledger, _watcher, _failOver, _time);
    }

    /// <summary>Runs the job with its processes and its display; leaves nothing behind unless a check failed.</summary>
    public static Task<int> RunAsync(int keys, JobOptions options, CancellationToken cancellationToken) => JobFrame.RunAsync(options, async root =>
    {
        IDisplay display = Displays.ForThisConsole();
        ClusterLayout layout = new($"sample-{options.Seed}", root, options.Nodes, options.TickMilliseconds);
        await using ProcessCluster cluster = new(layout);
        JobReport report = await new MainJob(keys, options, cluster, display).RunWithDisplayAsync(cancellationToken);
        display.Summarize(report);
        return report.Held;
    }, cancellationToken);

    private async Task<JobReport> RunWithDisplayAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using CancellationTokenSource deadline = new(Deadline, _time);
        using CancellationTokenSource working = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        Task showing = _display.ShowAsync(_state, ending.Token);
        Task polling = PollAsync(ending.Token);
        try
        {
            return await RunAsync(working.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"The job did not end within {Deadline.TotalMinutes:0} minutes while {_state.Phase}.");
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(showing, polling);
        }
    }

    private async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        Enter($"starting {_options.Nodes} nodes, seed {_options.Seed}");
        await _cluster.StartAsync(cancellationToken);
        Member leader = await _cluster.LeaderAsync(cancellationToken);
        Enter($"node {leader.Id} leads; {_options.Writers} writers put {_keys:N0} keys through all nodes");

        using CancellationTokenSource watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = _watcher.RunAsync(_cluster.Members.ToList().IndexOf(leader) + 1, watching.Token);
        long writingFrom = _time.GetTimestamp();
        Task<TimeSpan> writing = WriteAsync(writingFrom, cancellationToken);

        Member killed = await KillLeaderAsync(cancellationToken);
        await UntilAsync(() => _ledger.Ended >= _workload.RestartAfter || writing.IsCompleted, cancellationToken);
        TimeSpan catchUp = await RestartAsync(killed, cancellationToken);
        TimeSpan wrote = await writing;

        Enter("waiting until every node and the watch have everything");
        long last = await SettleAsync(cancellationToken);
        Enter($"reading everything back from each node at revision {last:N0}");
        List<Check> checks = [.. await ReadBackAsync(cancellationToken), await HashesAsync(last, cancellationToken)];
        await watching.CancelAsync();
        await watch;
        checks.AddRange(WatchChecks());
        return Report(checks, wrote, catchUp);
    }

    private async Task<TimeSpan> WriteAsync(long from, CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, _options.Writers)
            .Select(n => new Writer(_cluster, _workload, _ledger, _failOver, _time).RunAsync(n, cancellationToken)));
        return _time.GetElapsedTime(from);
    }

    private async Task<Member> KillLeaderAsync(CancellationToken cancellationToken)
    {
        await UntilAsync(() => _ledger.Ended >= _workload.KillAfter, cancellationToken);
        Member leader = await _cluster.LeaderAsync(cancellationToken);
        Enter($"killing node {leader.Id}, the leader, after {_ledger.Acknowledged:N0} acknowledged puts");
        _failOver.Killing();
        await leader.KillAsync();
        _failOver.Gone();
        _ledger.Release();
        await UntilAsync(() => _failOver.Duration is not null || _ledger.IsComplete, cancellationToken);
        Enter(_failOver.Duration is { } duration
            ? $"the others went on: first acknowledged put {duration.TotalMilliseconds:N0} ms after the kill"
            : "no put was begun after the kill");
        return leader;
    }

    private async Task<TimeSpan> RestartAsync(Member member, CancellationToken cancellationToken)
    {
        long target = _ledger.HighestRevision;
        Enter($"starting node {member.Id} again; it has to reach revision {target:N0}");
        long from = _time.GetTimestamp();
        await member.StartAsync(cancellationToken);
        await ProcessCluster.CaughtUpAsync(member, target, cancellationToken);
        TimeSpan catchUp = _time.GetElapsedTime(from);
        Enter($"node {member.Id} has caught up after {catchUp.TotalMilliseconds:N0} ms");
        return catchUp;
    }

    /// <summary>Waits until the members and the watch have everything, and returns the last revision.</summary>
    private async Task<long> SettleAsync(CancellationToken cancellationToken)
    {
        RangeReply fresh = await _cluster.Members[0].Client!.RangeAsync("", 1, serializable: false, cancellationToken);
        foreach (Member member in _cluster.Members)
            await ProcessCluster.CaughtUpAsync(member, fresh.Revision, cancellationToken);
        await UntilAsync(() => _watcher.LastRevision >= fresh.Revision || _watcher.Faults.Count > 0, cancellationToken);
        return fresh.Revision;
    }

    private async Task<IReadOnlyList<Check>> ReadBackAsync(CancellationToken cancellationToken)
    {
        ReadBack readBack = new(_workload, _ledger);
        return await Task.WhenAll(_cluster.Members.Select(async member =>
            new Check($"node {member.Id}: everything acknowledged is there, and nothing else",
                await readBack.CheckAsync(member, cancellationToken))));
    }

    private async Task<Check> HashesAsync(long revision, CancellationToken cancellationToken)
    {
        HashReply[] hashes = await Task.WhenAll(_cluster.Members.Select(member => member.Client!.HashAsync(revision, cancellationToken)));
        bool equal = hashes.Select(reply => reply.Hash).Distinct().Count() == 1;
        return new Check("all nodes hold the same history, by hash",
            equal ? [] : [.. _cluster.Members.Zip(hashes, (member, reply) => $"Node {member.Id} has {reply.Hash}.")]);
    }

    private IEnumerable<Check> WatchChecks()
    {
        yield return new Check("the watch saw every revision once and in order", _watcher.Faults);
        yield return new Check("the watch saw every acknowledged put at its revision", [.. Enumerable.Range(0, _keys)
            .Where(number => _ledger.Revision(number) > 0 && _watcher.RevisionOf(number) != _ledger.Revision(number))
            .Select(number => $"'{_workload.Key(number)}' was acknowledged at {_ledger.Revision(number)} "
                + $"and seen at {_watcher.RevisionOf(number)}.")
            .Take(10)]);
        yield return new Check("puts went on after the kill",
            _failOver.Duration is null ? ["No put that was begun after it was acknowledged."] : []);
    }

    private JobReport Report(List<Check> checks, TimeSpan wrote, TimeSpan catchUp) => new()
    {
        Seed = _options.Seed,
        Acknowledged = _ledger.Acknowledged,
        Unknown = _ledger.UnknownCount,
        Retried = _ledger.Retried,
        Writing = wrote,
        FailOver = _failOver.Duration ?? TimeSpan.Zero,
        CatchUp = catchUp,
        Revisions = _watcher.LastRevision - 1,
        Resumed = _watcher.Resumed,
        Total = _state.Elapsed,
        Checks = checks,
    };

    private void Enter(string phase)
    {
        _state.Phase = phase;
        _display.Event(_state, phase);
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _cluster.PollAsync(cancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(250), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // the job has ended
        }
    }

    private async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            _cluster.RequireRunning();
            await ProcessCluster.PauseAsync(cancellationToken);
        }
    }
}
