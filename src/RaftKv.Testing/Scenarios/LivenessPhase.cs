using System.Globalization;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// The end of a run: a quorum is mended while the others stand still, and must serve; then everything is mended, and all members must
/// become equal, in a bounded virtual time.
/// </summary>
internal sealed class LivenessPhase(
    ScenarioRun run, Scenario scenario, Workload workload, FaultAtlas atlas, FaultActions faults, SplittableRandom random)
{
    private const long LivenessMicrosMax = 60_000_000;
    private const long WakeMicros = 2_000_000;
    private const int StartsOfDamagedMax = 3;

    private readonly SortedDictionary<NodeId, int> _startsOfDamaged = [];

    /// <summary>Mends a quorum, then everything, and requires progress and equality.</summary>
    public void Demand()
    {
        run.Cluster.Network.Heal();
        run.Cluster.Network.Faults = Network.NetworkFaults.None;
        // While the membership changes nobody can tell what a quorum is.
        if (!atlas.IsChanging && Core() is { } core)
        {
            foreach (SimulatedNode node in run.Cluster.Nodes)
            {
                if (core.Contains(node))
                    faults.Mend(node);
                else
                    node.Pause();
            }
            run.Cluster.TraceLine?.Invoke($"{run.Cluster.NowMicros,10} healed {string.Join(' ', core.Select(node => node.Id))}");
            RequireProgress(core, () => core, () => core.Select(workload.Fingerprint).Distinct().Count() == 1, "a healthy quorum");
        }
        foreach (SimulatedNode node in run.Cluster.Nodes)
            faults.Mend(node);
        run.Cluster.TraceLine?.Invoke($"{run.Cluster.NowMicros,10} healed all");
        _ = run.GuardAsync(WakeAsync());
        RequireProgress(
            run.Cluster.Nodes, Members, () => IsSettled() && workload.IsSettled() && Equal().Distinct().Count() == 1, "a healthy cluster");
    }

    // Members that have nothing new compare nothing, one that came back has not heard of the last comparison, and a format that is held
    // back waits for an operator.
    private async Task WakeAsync()
    {
        while (true)
        {
            await run.DelayAsync(WakeMicros).ConfigureAwait(false);
            if (atlas.AreDistorted && run.Cluster.Leader is { IsWorking: true } leader)
                await workload.WriteAsync(leader).ConfigureAwait(false);
            if (scenario.HoldsFormat)
                faults.ActivateFormat();
        }
    }

    // Who must serve in the end: all members but those whose disks could not be replaced.
    private List<SimulatedNode> Members() =>
        [.. run.Cluster.Nodes.Where(node => atlas.IsMember(node.Id) && (!run.IsDamaged(node) || atlas.IsReplaced(node.Id)))];

    // The membership is certain, new disks are admitted, whoever left has learnt of it, and the newest format is active.
    private bool IsSettled() => !atlas.IsChanging && !atlas.Awaited.Any(atlas.IsMember)
        && run.Cluster.Nodes.All(node => !node.IsWorking || atlas.IsMember(node.Id))
        && (AreSomeDown() || run.Cluster.Nodes.All(node => !node.IsWorking || node.Driver!.ActiveFormat == node.Speaks.Max));

    // While somebody is down the newest format may not have become active.
    private bool AreCompared() => !AreSomeDown() || (run.Cluster.Leader?.Driver is { } leader && Builds.Compares(leader.ActiveFormat.Library));

    // As a member whose disk is damaged and nobody may replace. Who does not say what he speaks holds newer formats up.
    private bool AreSomeDown() => run.Cluster.Nodes.Any(node => !node.IsWorking && atlas.IsMember(node.Id));

    // Members that were damaged may have refused to work; those that work must be like the others.
    private IEnumerable<string> Equal()
    {
        foreach (SimulatedNode node in run.Cluster.Nodes.Where(node => node.IsWorking && (!atlas.IsDistorted(node.Id) || AreCompared())))
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
            return workload.Fingerprint(node);
        }
        catch (StorageException) when (run.IsDamaged(node))
        {
            return null;
        }
    }

    // As many voters as decide, none of them damaged.
    private List<SimulatedNode> Core()
    {
        List<SimulatedNode> whole = [.. run.Cluster.Nodes.Where(node => atlas.IsVoter(node.Id) && !run.IsDamaged(node))];
        while (whole.Count > (atlas.Voters / 2) + 1)
            whole.RemoveAt(random.Next(whole.Count));
        return whole;
    }

    private void RequireProgress(IReadOnlyList<SimulatedNode> asked, Func<List<SimulatedNode>> nodes, Func<bool> isDone, string who)
    {
        long end = run.Cluster.NowMicros + LivenessMicrosMax;
        SortedSet<NodeId> served = [];
        foreach (SimulatedNode node in asked)
            _ = run.GuardAsync(ProbeAsync(node, served, end));
        while (!nodes().TrueForAll(node => served.Contains(node.Id)) || !isDone())
        {
            if (run.Cluster.NowMicros > end)
            {
                string states = string.Join(", ", run.Cluster.Nodes.Select(node => $"{node.Id}: {State(node)}"));
                throw new SimulationException($"Seed {scenario.Seed}: {who} makes no progress within "
                    + $"{LivenessMicrosMax / 1_000_000} s of virtual time; served by {string.Join(' ', served)}; "
                    + $"{(atlas.IsChanging ? "the membership changes; " : "")}"
                    + $"members {run.Cluster.Leader?.Driver?.Status.Configuration}; damaged {atlas.Words}; {states}");
            }
            run.Run(ScenarioRun.PollMicros);
            foreach (SimulatedNode node in run.Cluster.Nodes)
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
        if (!atlas.IsChanging && !atlas.IsMember(node.Id))
        {
            if (!node.IsWorking || !IsToldOfLeaving(node))
                run.ShutDown(node);
            return;
        }
        if (node.IsWorking)
        {
            if (run.IsDamaged(node) && Fingerprint(node) is null)
                faults.TryReplaceDisk(node);
            return;
        }
        int starts = _startsOfDamaged[node.Id] = _startsOfDamaged.GetValueOrDefault(node.Id) + (run.IsDamaged(node) ? 1 : 0);
        if (starts <= StartsOfDamagedMax)
            faults.Mend(node);
        else if (faults.TryReplaceDisk(node))
            _startsOfDamaged.Remove(node.Id);
    }

    private string State(SimulatedNode node) => node.IsWorking
        ? string.Create(CultureInfo.InvariantCulture, $"{Doing(node.Driver!)}, leader {node.Driver!.Leader}, {Fingerprint(node)}")
        : node.Driver?.StopReason?.Message ?? node.StartFailure?.Message ?? "down";

    private static string Doing(NodeDriver driver) =>
        driver.IsRepairing ? "mends its log" : driver.IsRebuilding ? "is being rebuilt" : driver.Role.ToString();

    private bool IsToldOfLeaving(SimulatedNode node) => atlas.MayHaveLeft(node.Id)
        && node.Driver!.Status.Configuration.Members().Any(known => atlas.IsMember(known) && run.Cluster.Node(known).IsWorking);

    private async Task ProbeAsync(SimulatedNode node, SortedSet<NodeId> served, long end)
    {
        while (run.Cluster.NowMicros < end)
        {
            if (node.IsWorking && await workload.ProbeAsync(node).ConfigureAwait(false))
            {
                served.Add(node.Id);
                return;
            }
            await run.DelayAsync(ScenarioRun.PollMicros).ConfigureAwait(false);
        }
    }
}
