using System.Globalization;
using RaftKv.Raft;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>
/// Real processes that are killed and frozen round after round while writers write; at the end everything that was acknowledged is there,
/// once, on every member, and a watch has seen every revision once and in order.
/// </summary>
internal sealed class LoopJob
{
    private const int KeysMax = 10_000_000;

    private static readonly TimeSpan RoundDeadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    private readonly int _rounds;
    private readonly JobOptions _options;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly ProcessCluster _cluster;
    private readonly Workload _workload;
    private readonly Ledger _ledger;
    private readonly RevisionWatcher _watcher;
    private readonly SplittableRandom _random;

    private LoopJob(int rounds, JobOptions options, ProcessCluster cluster)
    {
        _rounds = rounds;
        _options = options;
        _cluster = cluster;
        // As many as writers that rest can write in the time that the rounds may take.
        int keys = (int)Math.Min(KeysMax, RoundDeadline / Rest * rounds * options.Writers);
        _workload = new Workload(options.Seed, keys);
        _ledger = new Ledger(keys, free: keys);
        _watcher = new RevisionWatcher(cluster, _workload);
        _random = new SplittableRandom((ulong)options.Seed).Fork("rounds");
    }

    /// <summary>Runs the loop and prints it; leaves nothing behind unless something did not hold.</summary>
    public static Task<int> RunAsync(int rounds, JobOptions options, CancellationToken cancellationToken) => JobFrame.RunAsync(options, async root =>
    {
        ClusterLayout layout = new($"loop-{options.Seed}", root, options.Nodes, options.TickMilliseconds) { CheckpointKib = 64 };
        await using ProcessCluster cluster = new(layout);
        return await new LoopJob(rounds, options, cluster).RunAsync(cancellationToken);
    }, cancellationToken);

    private async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        Say($"{_rounds} rounds on {_options.Nodes} nodes with {_options.Writers} writers, seed {_options.Seed}");
        await _cluster.StartAsync(cancellationToken);
        await _cluster.LeaderAsync(cancellationToken);
        using CancellationTokenSource working = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = _watcher.RunAsync(0, working.Token);
        Task[] writers = [.. Enumerable.Range(0, _options.Writers).Select(n =>
        {
            Writer writer = new(_cluster, _workload, _ledger, new FailOver(_time), _time) { HasHome = true, Rest = Rest };
            return writer.RunAsync(n, working.Token);
        })];
        for (int number = 1; number <= _rounds; number++)
            await RunRoundAsync(number, LoopRound.Draw(_random, _cluster.Members), cancellationToken);
        RangeReply last = await SettleAsync(cancellationToken);
        await working.CancelAsync();
        await Task.WhenAll([watch, .. writers]).ContinueWith(_ => { }, TaskScheduler.Default);
        return await JudgeAsync(last.Revision, cancellationToken);
    }

    private async Task RunRoundAsync(int number, LoopRound round, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(RoundDeadline);
        try
        {
            await AcknowledgedAsync(round.WritesBefore, deadline.Token);
            long? leader = await _cluster.LeaderNowAsync(deadline.Token);
            (int before, int unknown, long start) = (_ledger.Acknowledged, _ledger.UnknownCount, _time.GetTimestamp());
            foreach (Member member in round.Paused)
                await member.PauseAsync();
            foreach (Member member in round.Killed)
                await member.KillAsync();
            if (round.MajorityStays(_options.Nodes))
                await AcknowledgedAsync(round.WritesDuring, deadline.Token);
            (int during, TimeSpan lasted) = (_ledger.Acknowledged - before, _time.GetElapsedTime(start));
            long back = _time.GetTimestamp();
            await Task.WhenAll(round.Paused.Except(round.Killed).Select(member => member.ContinueAsync()));
            await Task.WhenAll(round.Killed.Select(member => member.StartAsync(deadline.Token)));
            long target = _ledger.HighestRevision;
            foreach (Member member in _cluster.Members)
                await ProcessCluster.CaughtUpAsync(member, target, deadline.Token);
            string role = round.Killed.Union(round.Paused).Any(member => member.Id == leader) ? "with the leader" : "without the leader";
            Say(string.Create(CultureInfo.InvariantCulture,
                $"round {number}: {round.Name} ({role}); {during} acknowledged in {lasted.TotalMilliseconds:N0} ms, back after "
                + $"{_time.GetElapsedTime(back).TotalMilliseconds:N0} ms; {_ledger.Acknowledged:N0} acknowledged in all, "
                + $"{_ledger.UnknownCount - unknown} left unknown"));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"Round {number} of seed {_options.Seed} ({round.Name}) did not end within {RoundDeadline.TotalSeconds:0} s.");
        }
    }

    private async Task AcknowledgedAsync(int more, CancellationToken cancellationToken)
    {
        int target = _ledger.Acknowledged + more;
        while (_ledger.Acknowledged < target)
            await ProcessCluster.PauseAsync(cancellationToken);
    }

    // Every member and the watch have everything that is there now; a put may still be under way.
    private async Task<RangeReply> SettleAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(RoundDeadline);
        RangeReply fresh = await _cluster.Members[0].Client!.RangeAsync("", 1, serializable: false, deadline.Token);
        foreach (Member member in _cluster.Members)
            await ProcessCluster.CaughtUpAsync(member, fresh.Revision, deadline.Token);
        while (_watcher.LastRevision < fresh.Revision && _watcher.Faults.Count == 0)
            await ProcessCluster.PauseAsync(deadline.Token);
        return fresh;
    }

    private async Task<bool> JudgeAsync(long revision, CancellationToken cancellationToken)
    {
        List<string> faults = [];
        ReadBack readBack = new(_workload, _ledger);
        foreach (Member member in _cluster.Members)
            faults.AddRange((await readBack.CheckAsync(member, cancellationToken)).Select(fault => $"Node {member.Id}: {fault}"));
        faults.AddRange(_watcher.Faults);
        HashReply[] hashes = await Task.WhenAll(_cluster.Members.Select(member => member.Client!.HashAsync(revision, cancellationToken)));
        if (hashes.Select(reply => reply.Hash).Distinct().Count() > 1)
            faults.Add($"The members do not hold the same up to revision {revision}.");
        foreach (string fault in faults)
            Say($"FAILED: {fault}");
        string verdict = faults.Count == 0 ? "0 lost, 0 doubled, the members are equal" : $"{faults.Count} faults";
        Say(string.Create(CultureInfo.InvariantCulture,
            $"{_rounds} rounds, seed {_options.Seed}: {_ledger.Acknowledged:N0} acknowledged, {_ledger.UnknownCount:N0} unknown, "
            + $"{_watcher.LastRevision - 1:N0} revisions watched, {verdict}"));
        return faults.Count == 0;
    }

    private static void Say(string line) => Console.WriteLine(line);
}
