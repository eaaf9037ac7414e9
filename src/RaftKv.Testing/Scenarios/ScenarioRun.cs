using System.Globalization;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// Puts a simulated cluster through a scenario: first all faults, while what must hold is checked all the time (safety); then the mending,
/// after which it must serve (<see cref="LivenessPhase"/>).
/// </summary>
internal sealed class ScenarioRun : IDisposable
{
    /// <summary>How much virtual time passes between two looks at the whole.</summary>
    public const long PollMicros = 100_000;

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
            EntryWindowBytes = scenario.EntryWindowBytes,
            ReleaseEntriesMin = 8,
            // In some worlds who misses a few writes gets state already, in others the log goes on for longer than anybody is away.
            LogBytesKeptMax = _random.Chance(0.4) ? ShortLogBytes : LongLogBytes,
        })
        {
            TraceLine = traceLine,
            Applied = workload.Check,
        };
        _atlas = new FaultAtlas(Cluster);
        Cluster.Network.MayGive = _atlas.MayGive;
        _faults = new FaultActions(Cluster, _atlas);
        new MemberJudge(Cluster, _atlas, _faults).Attend();
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
            new LivenessPhase(this, _scenario, _workload, _atlas, _faults, _random).Demand();
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

    /// <summary>Takes a node down for good.</summary>
    public void ShutDown(SimulatedNode node)
    {
        node.Crash();
        if (_machines.Remove(node.Id, out IStateMachine? machine))
            _workload.Close(node.Id, machine);
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

    /// <summary>Lets virtual time pass, unless something has failed.</summary>
    public void Run(long micros)
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

    /// <summary>Takes what a task throws for a failure of the run.</summary>
    public async Task GuardAsync(Task task)
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
}
