using System.Globalization;
using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// Puts a simulated cluster through a scenario. First all faults: what must hold is checked all the time (safety). Then a quorum is
/// mended while the others stand still, and must serve; then everything is mended, and all members must become equal (liveness).
/// </summary>
internal sealed class ScenarioRun : IDisposable
{
    private const long LivenessMicrosMax = 60_000_000;
    private const long PollMicros = 100_000;
    private const long WakeMicros = 2_000_000;
    private const int StartsOfDamagedMax = 3;
    private const long ShortLogBytes = 4 * 1024;
    private const long LongLogBytes = 1024 * 1024;

    private readonly Scenario _scenario;
    private readonly Workload _workload;
    private readonly FaultAtlas _atlas;
    private readonly FaultActions _faults;
    private readonly SplittableRandom _random;
    private readonly SortedSet<string> _busy = new(StringComparer.Ordinal);
    private readonly SortedDictionary<NodeId, IStateMachine> _machines = [];
    private Exception? _failure;
    private long _actions;
    private readonly SortedDictionary<NodeId, int> _startsOfDamaged = [];

    public ScenarioRun(Scenario scenario, Workload workload, Action<string>? traceLine)
    {
        _scenario = scenario;
        _workload = workload;
        _random = new SplittableRandom(scenario.Seed).Fork("run");
        workload.Attach(this);
        Cluster = new SimulatedCluster(new SimulatedClusterOptions
        {
            Seed = scenario.Seed,
            Members = scenario.Members,
            OpenMachine = Open,
            Formats = Builds.Formats(scenario.Build),
            AttestationTicks = scenario.AttestationTicks,
            RaisesFormat = !scenario.HoldsFormat,
            ReleaseEntriesMin = 8,
            // In some worlds who misses a few writes gets state already, in others the log goes on for longer than anybody is away.
            LogBytesKeptMax = _random.Chance(0.4) ? ShortLogBytes : LongLogBytes,
        })
        {
            TraceLine = traceLine,
            Applied = workload.Check,
            Faulted = Faulted,
            StateRefused = StateRefused,
            StateSetAside = StateSetAside,
        };
        _atlas = new FaultAtlas(Cluster);
        Cluster.StateJudged = Judge;
        Cluster.Network.MayGive = _atlas.MayGive;
        _faults = new FaultActions(Cluster, _atlas);
    }

    public SimulatedCluster Cluster { get; }

    public void Dispose()
    {
        foreach ((NodeId member, IStateMachine machine) in _machines)
            _workload.Close(member, machine);
    }

    /// <summary>Whether a member's stored state was damaged.</summary>
    public bool IsDamaged(SimulatedNode node) => _atlas.IsDamaged(node.Id);

    /// <summary>Lets virtual time pass.</summary>
    public Task DelayAsync(long micros)
    {
        TaskCompletionSource over = new();
        Cluster.Events.After(micros, over.SetResult);
        return over.Task;
    }

    /// <summary>What to think of answers that a member gives from now on.</summary>
    public StateTrust Trust(SimulatedNode node) => new(_atlas, node);

    /// <summary>Runs to the end or to the first breach.</summary>
    public ScenarioResult Execute()
    {
        string? failure = null;
        SynchronizationContext? context = SynchronizationContext.Current;
        // Whoever awaits goes on at once, on this thread, only when nobody asks for another one.
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            BeSafe();
            BeLive();
            failure = Breaches(_workload.Judge());
        }
        catch (Exception e)
        {
            // Whatever a user's checks throw is a breach of the seed.
            Exception? cause = e is SimulationException ? e.InnerException : e;
            failure = cause is null or SimulationException ? e.Message : $"{e.Message}\n{cause}";
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
        return new ScenarioResult
        {
            Scenario = _scenario,
            Failure = failure,
            IsUndecided = _workload.IsUndecided,
            TraceHash = Cluster.Trace.Value,
            SimulatedMicros = Cluster.NowMicros,
            Actions = _actions,
            Commands = Cluster.Checks.Commands,
        };
    }

    private static string? Breaches(IReadOnlyList<string> breaches) => breaches.Count == 0
        ? null
        : string.Join('\n', breaches.Take(5).Append(breaches.Count > 5 ? $"and {breaches.Count - 5} more" : "")).TrimEnd();

    private void BeSafe()
    {
        foreach (ScenarioStep step in _scenario.Steps)
            Cluster.Events.After(step.AtMicros, () => Take(step));
        for (long at = 0; at < _scenario.RunMicros; at += PollMicros)
            Run(Math.Min(PollMicros, _scenario.RunMicros - at));
        if (_scenario.HoldsFormat && !_faults.HasActivated && Cluster.Checks.NewestFormat != Cluster.Options.Formats.Min)
            throw new SimulationException($"Seed {_scenario.Seed}: {Cluster.Checks.NewestFormat} is written although nobody activated it.");
    }

    private void BeLive()
    {
        Cluster.Network.Heal();
        Cluster.Network.Faults = Network.NetworkFaults.None;
        // While the membership changes nobody can tell what a quorum is.
        if (!_atlas.IsChanging && Core() is { } core)
        {
            foreach (SimulatedNode node in Cluster.Nodes)
            {
                if (core.Contains(node))
                    _faults.Mend(node);
                else
                    node.Pause();
            }
            Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} healed {string.Join(' ', core.Select(node => node.Id))}");
            RequireProgress(core, () => core, () => core.Select(_workload.Fingerprint).Distinct().Count() == 1, "a healthy quorum");
        }
        foreach (SimulatedNode node in Cluster.Nodes)
            _faults.Mend(node);
        Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} healed all");
        _ = GuardAsync(WakeAsync());
        RequireProgress(
            Cluster.Nodes, Members, () => IsSettled() && _workload.IsSettled() && Equal().Distinct().Count() == 1, "a healthy cluster");
    }

    // Members that have nothing new compare nothing, one that came back has not heard of the last comparison, and a format that is held
    // back waits for an operator.
    private async Task WakeAsync()
    {
        while (true)
        {
            await DelayAsync(WakeMicros).ConfigureAwait(false);
            if (_atlas.AreDistorted && Cluster.Leader is { IsWorking: true } leader)
                await _workload.WriteAsync(leader).ConfigureAwait(false);
            if (_scenario.HoldsFormat)
                _faults.ActivateFormat();
        }
    }

    // Who must serve in the end: all members but those whose disks could not be replaced.
    private List<SimulatedNode> Members() =>
        [.. Cluster.Nodes.Where(node => _atlas.IsMember(node.Id) && (!IsDamaged(node) || _atlas.IsReplaced(node.Id)))];

    // The membership is certain, new disks are admitted, whoever left has learnt of it, and the newest format is active.
    private bool IsSettled() => !_atlas.IsChanging && !_atlas.Awaited.Any(_atlas.IsMember)
        && Cluster.Nodes.All(node => !node.IsWorking || _atlas.IsMember(node.Id))
        && (AreSomeDown() || Cluster.Nodes.All(node => !node.IsWorking || node.Driver!.ActiveFormat == node.Speaks.Max));

    // While somebody is down the newest format may not have become active.
    private bool AreCompared() => !AreSomeDown() || (Cluster.Leader?.Driver is { } leader && Builds.Compares(leader.ActiveFormat.Library));

    // As a member whose disk is damaged and nobody may replace. Who does not say what he speaks holds newer formats up.
    private bool AreSomeDown() => Cluster.Nodes.Any(node => !node.IsWorking && _atlas.IsMember(node.Id));

    // Members that were damaged may have refused to work; those that work must be like the others.
    private IEnumerable<string> Equal()
    {
        foreach (SimulatedNode node in Cluster.Nodes.Where(node => node.IsWorking && (!_atlas.IsDistorted(node.Id) || AreCompared())))
        {
            if (Fingerprint(node) is { } fingerprint)
                yield return fingerprint;
        }
    }

    // Damage may also show only when it is read: then nothing is told, and nothing wrong.
    private string? Fingerprint(SimulatedNode node)
    {
        try
        {
            return _workload.Fingerprint(node);
        }
        catch (StorageException) when (IsDamaged(node))
        {
            return null;
        }
    }

    // As many voters as decide, none of them damaged.
    private List<SimulatedNode> Core()
    {
        List<SimulatedNode> whole = [.. Cluster.Nodes.Where(node => _atlas.IsVoter(node.Id) && !IsDamaged(node))];
        while (whole.Count > (_atlas.Voters / 2) + 1)
            whole.RemoveAt(_random.Next(whole.Count));
        return whole;
    }

    private void RequireProgress(IReadOnlyList<SimulatedNode> asked, Func<List<SimulatedNode>> nodes, Func<bool> isDone, string who)
    {
        long end = Cluster.NowMicros + LivenessMicrosMax;
        SortedSet<NodeId> served = [];
        foreach (SimulatedNode node in asked)
            _ = GuardAsync(ProbeAsync(node, served, end));
        while (!nodes().TrueForAll(node => served.Contains(node.Id)) || !isDone())
        {
            if (Cluster.NowMicros > end)
            {
                string states = string.Join(", ", Cluster.Nodes.Select(node => $"{node.Id}: {State(node)}"));
                throw new SimulationException($"Seed {_scenario.Seed}: {who} makes no progress within "
                    + $"{LivenessMicrosMax / 1_000_000} s of virtual time; served by {string.Join(' ', served)}; "
                    + $"{(_atlas.IsChanging ? "the membership changes; " : "")}"
                    + $"members {Cluster.Leader?.Driver?.Status.Configuration}; damaged {_atlas.Words}; {states}");
            }
            Run(PollMicros);
            foreach (SimulatedNode node in Cluster.Nodes)
                Supervise(node);
        }
    }

    // A stop that was asked for before the mending may take effect only now: the supervisor starts the member again. One whose files
    // are damaged may stop again each time it reads them: after a few starts it gets another disk. A node that is no member is shut
    // down, unless it can learn by itself that it was removed.
    private void Supervise(SimulatedNode node)
    {
        if (node.IsPaused)
            return;
        if (!_atlas.IsChanging && !_atlas.IsMember(node.Id))
        {
            if (!node.IsWorking || !IsToldOfLeaving(node))
                ShutDown(node);
            return;
        }
        if (node.IsWorking)
        {
            if (IsDamaged(node) && Fingerprint(node) is null)
                _faults.TryReplaceDisk(node);
            return;
        }
        int starts = _startsOfDamaged[node.Id] = _startsOfDamaged.GetValueOrDefault(node.Id) + (IsDamaged(node) ? 1 : 0);
        if (starts <= StartsOfDamagedMax)
            _faults.Mend(node);
        else if (_faults.TryReplaceDisk(node))
            _startsOfDamaged.Remove(node.Id);
    }

    private string State(SimulatedNode node) => node.IsWorking
        ? string.Create(CultureInfo.InvariantCulture, $"{Doing(node.Driver!)}, leader {node.Driver!.Leader}, {Fingerprint(node)}")
        : node.Driver?.StopReason?.Message ?? node.StartFailure?.Message ?? "down";

    private static string Doing(NodeDriver driver) =>
        driver.IsRepairing ? "mends its log" : driver.IsRebuilding ? "is being rebuilt" : driver.Role.ToString();

    private void ShutDown(SimulatedNode node)
    {
        node.Crash();
        if (_machines.Remove(node.Id, out IStateMachine? machine))
            _workload.Close(node.Id, machine);
    }

    private bool IsToldOfLeaving(SimulatedNode node) => _atlas.MayHaveLeft(node.Id)
        && node.Driver!.Status.Configuration.Members().Any(known => _atlas.IsMember(known) && Cluster.Node(known).IsWorking);

    private async Task ProbeAsync(SimulatedNode node, SortedSet<NodeId> served, long end)
    {
        while (Cluster.NowMicros < end)
        {
            if (node.IsWorking && await _workload.ProbeAsync(node).ConfigureAwait(false))
            {
                served.Add(node.Id);
                return;
            }
            await DelayAsync(PollMicros).ConfigureAwait(false);
        }
    }

    private void Run(long micros)
    {
        Cluster.Run(micros);
        if (_failure is not null)
            throw new SimulationException($"Seed {_scenario.Seed}: {_failure.Message}", _failure);
    }

    private void Take(ScenarioStep step)
    {
        if (!step.IsAction)
        {
            Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} {step.Words}");
            _faults.Do(step.Words);
            return;
        }
        string[] words = step.Words.Split(' ', 4);
        SimulatedNode node = Cluster.Node(new NodeId(long.Parse(words[2], CultureInfo.InvariantCulture)));
        if (node.IsWorking && _busy.Add(words[1]))
            _ = GuardAsync(ActAsync(words[1], node, words[3], new SplittableRandom(_scenario.Seed).Fork(step.Words)));
    }

    private async Task ActAsync(string client, SimulatedNode node, string words, SplittableRandom random)
    {
        _actions++;
        Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} {client} at n{node.Id}: {words}");
        await _workload.ActAsync(client, node, words, random).ConfigureAwait(false);
        Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} {client} ends: {words}");
        _busy.Remove(client);
    }

    private async Task GuardAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failure ??= e;
        }
    }

    private IStateMachine Open(NodeId member, IStorageDirectory directory)
    {
        if (_machines.Remove(member, out IStateMachine? former))
            _workload.Close(member, former);
        return _machines[member] = _workload.Open(member, directory);
    }

    // What a whole member gives is whole when it arrives.
    private void StateRefused(SimulatedNode node, NodeId from, StorageException reason)
    {
        if (reason is StorageCorruptException && !_faults.IsExcused(node, reason) && !_faults.IsExcused(Cluster.Node(from), reason))
            throw new SimulationException($"Member {node.Id} cannot take the state of member {from}: {reason.Message}", reason);
    }

    // The others' help must not hide what the store itself has lost.
    private void StateSetAside(SimulatedNode node, StorageCorruptException damage)
    {
        if (!_faults.IsExcused(node, damage))
            throw new SimulationException($"Member {node.Id} cannot open its machine's files although its disk did as it should: {damage.Message}");
    }

    private void Judge(SimulatedNode node, StateVerdict verdict)
    {
        switch (verdict)
        {
            case StateVerdict.Opened:
                _atlas.Opened(node);
                break;
            case StateVerdict.Replaced:
                _atlas.Replaced(node.Id);
                break;
            case StateVerdict.Diverged when !IsDamaged(node):
                throw new SimulationException($"Member {node.Id} was told that its state differs, but nothing has happened to it.");
            case StateVerdict.Disputed:
                throw new SimulationException($"Leader {node.Id} of {node.Driver!.Status.Configuration} does not know whose state is right, "
                    + $"but a majority's is; not {_atlas.Words}.");
            default:
                break;
        }
    }

    private void Faulted(SimulatedNode node, RaftKvException reason)
    {
        if (reason.Error == RaftKvError.Removed && (_atlas.MayHaveLeft(node.Id) || !_atlas.WasMember(node.Id)))
            return;
        if (reason.Error == RaftKvError.FormatNotSpoken && !node.Speaks.Covers(Cluster.Checks.NewestFormat))
            return;
        // It was distorted again and again.
        if (reason.Error == RaftKvError.Faulted && node.IsIsolated && _atlas.IsDistorted(node.Id))
            return;
        StorageException? met = reason.InnerException as StorageException;
        bool isStorage = reason.Error == RaftKvError.Storage || met is not null;
        if (!isStorage || !_faults.IsExcused(node, met))
            throw new SimulationException($"Member {node.Id} faulted: {reason.Message}", reason);
    }
}
