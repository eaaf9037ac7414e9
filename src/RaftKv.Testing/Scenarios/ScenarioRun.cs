using System.Globalization;
using RaftKv.Node;
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
    private const int StartsOfDamagedMax = 10;

    private readonly Scenario _scenario;
    private readonly Workload _workload;
    private readonly FaultAtlas _atlas;
    private readonly FaultActions _faults;
    private readonly SplittableRandom _random;
    private readonly SortedSet<string> _busy = new(StringComparer.Ordinal);
    private readonly SortedDictionary<NodeId, IStateMachine> _machines = [];
    private Exception? _failure;
    private long _actions;
    private int _startsOfDamaged;

    public ScenarioRun(Scenario scenario, Workload workload, Action<string>? traceLine)
    {
        _scenario = scenario;
        _workload = workload;
        _random = new SplittableRandom(scenario.Seed).Fork("run");
        _atlas = new FaultAtlas(scenario.Members);
        workload.Attach(this);
        Cluster = new SimulatedCluster(new SimulatedClusterOptions
        {
            Seed = scenario.Seed,
            Members = scenario.Members,
            OpenMachine = Open,
            ReleaseEntriesMin = 8,
        })
        {
            TraceLine = traceLine,
            Applied = workload.Check,
            Faulted = Faulted,
        };
        _faults = new FaultActions(Cluster, _atlas);
    }

    public SimulatedCluster Cluster { get; }

    public void Dispose()
    {
        foreach ((NodeId member, IStateMachine machine) in _machines)
            _workload.Close(member, machine);
    }

    /// <summary>Whether a member's stored state was damaged.</summary>
    public bool IsDamaged(SimulatedNode node) => _atlas.Damaged.Contains(node.Id);

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
    }

    private void BeLive()
    {
        Cluster.Network.Heal();
        Cluster.Network.Faults = Network.NetworkFaults.None;
        List<SimulatedNode> core = Core();
        foreach (SimulatedNode node in Cluster.Nodes)
        {
            if (core.Contains(node))
                _faults.Mend(node);
            else
                node.Pause();
        }
        Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} healed {string.Join(' ', core.Select(node => node.Id))}");
        RequireProgress(core, core, () => core.Select(_workload.Fingerprint).Distinct().Count() == 1, "a healthy quorum");
        foreach (SimulatedNode node in Cluster.Nodes)
            _faults.Mend(node);
        Cluster.TraceLine?.Invoke($"{Cluster.NowMicros,10} healed all");
        List<SimulatedNode> whole = [.. Cluster.Nodes.Where(node => !_atlas.Damaged.Contains(node.Id))];
        RequireProgress(whole, Cluster.Nodes, () => _workload.IsSettled() && Equal().Distinct().Count() == 1, "a healthy cluster");
    }

    // Members that were damaged may have refused to work; those that work must be like the others.
    private IEnumerable<string> Equal()
    {
        foreach (SimulatedNode node in Cluster.Nodes.Where(node => node.IsWorking))
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

    private List<SimulatedNode> Core()
    {
        List<SimulatedNode> whole = [.. Cluster.Nodes.Where(node => !_atlas.Damaged.Contains(node.Id))];
        while (whole.Count > (_scenario.Members / 2) + 1)
            whole.RemoveAt(_random.Next(whole.Count));
        return whole;
    }

    private void RequireProgress(List<SimulatedNode> nodes, IReadOnlyList<SimulatedNode> supervised, Func<bool> isDone, string who)
    {
        long end = Cluster.NowMicros + LivenessMicrosMax;
        SortedSet<long> served = [];
        foreach (SimulatedNode node in nodes)
            _ = GuardAsync(ProbeAsync(node, served, end));
        while (served.Count < nodes.Count || !isDone())
        {
            if (Cluster.NowMicros > end)
            {
                string states = string.Join(", ", Cluster.Nodes.Select(node => $"{node.Id}: {State(node)}"));
                throw new SimulationException($"Seed {_scenario.Seed}: {who} makes no progress within "
                    + $"{LivenessMicrosMax / 1_000_000} s of virtual time; served by {string.Join(' ', served)}; {states}");
            }
            Run(PollMicros);
            // A stop that was asked for before the mending may take effect only now: the supervisor starts the member again.
            // One whose files are damaged may stop again each time it reads them: it is given up after a few starts.
            foreach (SimulatedNode node in supervised.Where(node => !node.IsWorking))
            {
                if (!IsDamaged(node) || _startsOfDamaged++ < StartsOfDamagedMax)
                    _faults.Mend(node);
            }
        }
    }

    private string State(SimulatedNode node) => node.IsWorking
        ? string.Create(CultureInfo.InvariantCulture, $"{node.Driver!.Role}, leader {node.Driver.Leader}, {Fingerprint(node)}")
        : node.Driver?.StopReason?.Message ?? node.StartFailure?.Message ?? "down";

    private async Task ProbeAsync(SimulatedNode node, SortedSet<long> served, long end)
    {
        while (Cluster.NowMicros < end)
        {
            if (node.IsWorking && await _workload.ProbeAsync(node).ConfigureAwait(false))
            {
                served.Add(node.Id.Value);
                return;
            }
            TaskCompletionSource pause = new();
            Cluster.Events.After(PollMicros, pause.SetResult);
            await pause.Task.ConfigureAwait(false);
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

    private void Faulted(SimulatedNode node, RaftKvException reason)
    {
        bool isStorage = reason.Error == RaftKvError.Storage || reason.InnerException is StorageException;
        if (!isStorage || !_faults.IsExcused(node))
            throw new SimulationException($"Member {node.Id} faulted: {reason.Message}", reason);
    }
}
