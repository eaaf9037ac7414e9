using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// What is replicated in a simulation, what clients do with it, and what must hold. One object serves one run.
/// </summary>
/// <remarks>
/// Everything runs on one thread. Awaiting anything but what the run hands out (requests of a member, <see cref="DelayAsync"/>) would
/// leave that thread, and with it determinism.
/// </remarks>
public abstract class Workload
{
    private ScenarioRun? _run;

    /// <summary>The members, ascending by number.</summary>
    protected IReadOnlyList<SimulatedNode> Nodes => Run.Cluster.Nodes;

    /// <summary>Virtual time since the run began.</summary>
    /// <value>Microseconds.</value>
    protected long NowMicros => Run.Cluster.NowMicros;

    private ScenarioRun Run => _run ?? throw new InvalidOperationException("The workload is not part of a run yet.");

    /// <summary>Opens a member's machine in its directory; called at every start of the member.</summary>
    public abstract IStateMachine Open(NodeId member, IStorageDirectory directory);

    /// <summary>A member's run is over, or was never one: closes what <see cref="Open"/> opened. Its disk is dead.</summary>
    public virtual void Close(NodeId member, IStateMachine machine)
    {
    }

    /// <summary>What clients do before anything else, each as <c>client member action</c>.</summary>
    public virtual IEnumerable<string> Prologue(int members) => [];

    /// <summary>Draws a client's action, as <c>client member action</c>. A client that is still busy with another skips it.</summary>
    /// <param name="random">The only source of chance.</param>
    /// <param name="members">How many members there are.</param>
    /// <param name="number">Counts the actions of the scenario from 1: unique values may be made of it.</param>
    public abstract string Draw(SplittableRandom random, int members, long number);

    /// <summary>Carries an action out; ends when the client has its answer.</summary>
    /// <param name="client">The client's name.</param>
    /// <param name="node">The member it is to ask, which is up and working.</param>
    /// <param name="words">The action.</param>
    /// <param name="random">A source of chance that belongs to the action.</param>
    public abstract Task ActAsync(string client, SimulatedNode node, string words, SplittableRandom random);

    /// <summary>A member that works has applied something: throws when its machine shows what must never be.</summary>
    public virtual void Check(SimulatedNode node)
    {
    }

    /// <summary>Writes and reads through a member of a healthy quorum: must succeed, again and again if need be.</summary>
    /// <returns>Whether it did; false to be asked again.</returns>
    public abstract Task<bool> ProbeAsync(SimulatedNode node);

    /// <summary>Writes something through a member, which need not succeed, so that there is something new.</summary>
    public virtual Task WriteAsync(SimulatedNode node) => Task.CompletedTask;

    /// <summary>Whether everything that must happen after all faults has happened, such as watches that catch up.</summary>
    public virtual bool IsSettled() => true;

    /// <summary>A member's whole state in a few words; equal on all members in the end.</summary>
    public abstract string Fingerprint(SimulatedNode node);

    /// <summary>What the run as a whole has broken, one sentence each.</summary>
    public virtual IReadOnlyList<string> Judge() => [];

    /// <summary>Whether <see cref="Judge"/> gave up before it knew: such runs prove nothing, and too many of them fail.</summary>
    /// <value>Default false.</value>
    public virtual bool IsUndecided { get; protected set; }

    /// <summary>Whether a member's stored state was damaged, so that it may refuse to show it; never may it show it wrongly.</summary>
    protected bool IsDamaged(SimulatedNode node) => Run.IsDamaged(node);

    /// <summary>What to think of answers that a member gives from now on.</summary>
    internal StateTrust Trust(SimulatedNode node) => Run.Trust(node);

    /// <summary>Lets virtual time pass.</summary>
    /// <param name="micros">Microseconds.</param>
    protected Task DelayAsync(long micros) => Run.DelayAsync(micros);

    internal void Attach(ScenarioRun run) => _run = run;
}
