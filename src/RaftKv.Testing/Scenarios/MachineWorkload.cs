using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>A workload around a user's own state machine: what to open, what a client does, what must hold.</summary>
/// <typeparam name="TMachine">The machine.</typeparam>
public abstract class MachineWorkload<TMachine> : Workload
    where TMachine : class, IStateMachine
{
    /// <summary>How many clients act at once at most.</summary>
    /// <value>Default 4.</value>
    protected virtual int Clients => 4;

    /// <summary>Opens a member's machine; one in memory starts empty at every start and is rebuilt from the log.</summary>
    /// <param name="directory">A place of the member's own that survives its crashes, as far as it was flushed.</param>
    protected abstract TMachine Open(IStorageDirectory directory);

    /// <summary>What a client does: usually one command or one read, drawn with <see cref="SimulatedClient{TMachine}.Random"/>.</summary>
    protected abstract Task ActAsync(SimulatedClient<TMachine> client);

    /// <summary>Throws when a machine shows what must never be. Called after every batch that a member applies.</summary>
    protected abstract void Check(TMachine machine);

    /// <summary>A machine's whole state in a few words; equal on all members in the end.</summary>
    protected abstract string Fingerprint(TMachine machine);

    /// <inheritdoc/>
    public sealed override IStateMachine Open(NodeId member, IStorageDirectory directory) => Open(directory);

    /// <inheritdoc/>
    public sealed override void Close(NodeId member, IStateMachine machine) => (machine as IDisposable)?.Dispose();

    /// <inheritdoc/>
    public sealed override string Draw(SplittableRandom random, int members, long number)
    {
        ArgumentNullException.ThrowIfNull(random);
        return FormattableString.Invariant($"c{1 + random.Next(Clients)} {1 + random.Next(members)} act {number}");
    }

    /// <inheritdoc/>
    public sealed override Task ActAsync(string client, SimulatedNode node, string words, SplittableRandom random) =>
        ActAsync(new SimulatedClient<TMachine>(client, node, random));

    /// <inheritdoc/>
    public sealed override void Check(SimulatedNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        Check((TMachine)node.Machine!);
    }

    /// <inheritdoc/>
    public sealed override Task<bool> ProbeAsync(SimulatedNode node) =>
        new SimulatedClient<TMachine>("probe", node, new SplittableRandom(0)).ReadAsync(Check);

    /// <inheritdoc/>
    public sealed override string Fingerprint(SimulatedNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return Fingerprint((TMachine)node.Machine!);
    }
}
