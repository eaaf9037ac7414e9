using System.Net;
using RaftKv.Node.Persistence;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node;

/// <summary>
/// Carries many groups in one process: one directory, one log with one flush for all groups that write, one connection for each peer,
/// one clock. Each group has a leader, members and a machine of its own. All members may be called from any thread.
/// </summary>
/// <remarks>
/// A group that stops or faults leaves the others alone. A log that cannot be written faults the host, and with it every group.
/// </remarks>
public sealed class NodeHost : IAsyncDisposable
{
    private readonly RaftNodeOptions _options;
    private readonly HostParts _parts;
    private readonly Lock _lock = new();

    // Null while a group is being opened.
    private readonly Dictionary<GroupId, RaftNode?> _groups = [];
    private readonly TaskCompletionSource<RaftKvException?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Groups that are being opened or forgotten: they use the directory, so the host is open until they are done.
    private readonly HashSet<Task> _underWay = [];
    private Task? _disposing;

    private NodeHost(RaftNodeOptions options, HostParts parts)
    {
        _options = options;
        _parts = parts;
    }

    /// <summary>This host's number; it is the member's number in each of its groups.</summary>
    public NodeId NodeId => _options.NodeId;

    /// <summary>Where the other hosts reach this one; null when it opened no socket.</summary>
    public IPEndPoint? ListenEndPoint => _parts.ListenEndPoint;

    /// <summary>The groups that run here at this moment, in no particular order.</summary>
    public IReadOnlyList<RaftNode> Groups
    {
        get
        {
            lock (_lock)
                return [.. _groups.Values.OfType<RaftNode>().Where(node => !node.Stopped.IsCompleted)];
        }
    }

    /// <summary>
    /// The groups of which the log holds something, whether they run or not, ascending. What it holds of a group that does not run, and all that
    /// was written later, stays until the group runs again and has no more need of it, or is forgotten (<see cref="ForgetGroupAsync"/>).
    /// </summary>
    public IReadOnlyList<GroupId> StoredGroups
    {
        get
        {
            lock (_lock)
            {
                RequireOpen();
                return GroupNumbers.Stored(_parts.Log);
            }
        }
    }

    /// <summary>Completes when the host has stopped: with null when it was disposed of, else with what it could not go on after.</summary>
    public Task<RaftKvException?> Stopped => _stopped.Task;

    /// <summary>Opens a host; it carries no group yet, whatever its log holds.</summary>
    /// <param name="options">
    /// How it is set up. <see cref="RaftNodeOptions.Members"/> are the hosts with their addresses; what is said of a node's requests
    /// and of its protocol's times holds for each group.
    /// </param>
    /// <param name="cancellationToken">Gives up opening.</param>
    /// <exception cref="RaftKvException">The host cannot start; the message says why in one sentence.</exception>
    public static async Task<NodeHost> OpenAsync(RaftNodeOptions options, CancellationToken cancellationToken = default)
    {
        OptionsCheck.Require(options);
        HostParts parts = await Task.Run(() => Opening.Guard(() => HostParts.Open(options)), cancellationToken).ConfigureAwait(false);
        parts.Start();
        NodeHost host = new(options, parts);
        _ = host.CloseWhenFaultedAsync();
        return host;
    }

    /// <summary>The handle of a group that runs here, or null.</summary>
    public RaftNode? Find(GroupId group)
    {
        lock (_lock)
            return _groups.GetValueOrDefault(group) is { Stopped.IsCompleted: false } node ? node : null;
    }

    /// <summary>Starts a group around a machine that exists already, in memory or in a place of its own.</summary>
    /// <param name="group">Which one: new, or one that ran here before and continues from the log.</param>
    /// <param name="members">Its founding members, this host among them; they count only when the group is new. Empty: all hosts.</param>
    /// <param name="machine">The machine; the caller keeps it and disposes of it after the group.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The group's handle; disposing of it stops the group and nothing else.</returns>
    /// <exception cref="RaftKvException">The group cannot start; the message says why in one sentence. The others go on.</exception>
    public Task<RaftNode> StartGroupAsync(
        GroupId group, IReadOnlyCollection<NodeId> members, IStateMachine machine, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return OpenGroupAsync(group, members, _ => machine, cancellationToken);
    }

    /// <summary>Starts a group around a machine that keeps its files in the host's directory.</summary>
    /// <param name="group">Which one: new, or one that ran here before and continues from the log.</param>
    /// <param name="members">Its founding members, this host among them; they count only when the group is new. Empty: all hosts.</param>
    /// <param name="openMachine">
    /// Opens the machine in a directory of its own: <c>store</c> for group 0, <c>groups/N</c> for group N. The caller keeps the machine
    /// and disposes of it after the group, also when starting fails. When it throws <see cref="StorageCorruptException"/> and the state can
    /// be got from elsewhere, the files are set aside and it is called again: see <see cref="MachineFiles"/>.
    /// </param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The group's handle; disposing of it stops the group and nothing else.</returns>
    /// <exception cref="RaftKvException">The group cannot start; the message says why in one sentence. The others go on.</exception>
    public Task<RaftNode> StartGroupAsync(
        GroupId group,
        IReadOnlyCollection<NodeId> members,
        Func<IStorageDirectory, IStateMachine> openMachine,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(openMachine);
        return OpenGroupAsync(group, members, _parts.Machine(group, openMachine), cancellationToken);
    }

    /// <summary>
    /// Gives up all that this host holds of a group: its part of the log, and the files in its machine's directory. For groups from which this
    /// host was removed. One that still belongs to the group counts as a member that lost its disk, should the group run here again.
    /// </summary>
    /// <param name="group">One that does not run here; nothing happens when nothing is held of it.</param>
    /// <param name="cancellationToken">Gives up before it begins.</param>
    /// <exception cref="RaftKvException">
    /// The group runs here, or it could not be done. What was not done yet is done when it is asked again.
    /// </exception>
    public async Task ForgetGroupAsync(GroupId group, CancellationToken cancellationToken = default)
    {
        FoundingConfiguration.RequireNumber(group);
        Reserve(group, "runs on this host; stop it before it is forgotten");
        try
        {
            await Track(() => Task.Run(() => Opening.Guard(() => _parts.Forget(group)), cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _groups.Remove(group);
        }
    }

    /// <summary>Stops every group as <see cref="RaftNode.DisposeAsync"/> does, all at once, and closes connections and files.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _disposing ??= Task.Run(() => CloseAsync(null));
        return new ValueTask(_disposing);
    }

    private async Task<RaftNode> OpenGroupAsync(
        GroupId group, IReadOnlyCollection<NodeId> members, Func<EntryStore, IStateMachine> openMachine, CancellationToken cancellationToken)
    {
        NodeId[] founding = FoundingConfiguration.Members(group, members, _options);
        Reserve(group, "runs on this host already");
        GroupParts Open() => Opening.Guard(() => new GroupParts(group, founding, _options, _parts, openMachine, ownsHost: false));
        try
        {
            GroupParts parts = await Track(() => Task.Run(Open, cancellationToken)).ConfigureAwait(false);
            RaftNode node = new(_options, parts);
            Enter(group, node);
            parts.Start();
            return node;
        }
        catch
        {
            lock (_lock)
                _groups.Remove(group);
            throw;
        }
    }

    private void Reserve(GroupId group, string refusal)
    {
        lock (_lock)
        {
            RequireOpen();
            if (_groups.TryGetValue(group, out RaftNode? node) && node?.Stopped.IsCompleted != true)
                throw Wrong($"Group {group} {refusal}.");
            if (node is { IsWritten: false })
                throw Unwritten(group);
            _groups[group] = null;
        }
    }

    // Begins what uses the directory, so that closing waits for it.
    private T Track<T>(Func<T> begin)
        where T : Task
    {
        lock (_lock)
        {
            RequireOpen();
            _underWay.RemoveWhere(static task => task.IsCompleted);
            T task = begin();
            _underWay.Add(task);
            return task;
        }
    }

    // The host may have been closed while the group was opened: then nobody would stop it.
    private void Enter(GroupId group, RaftNode node)
    {
        lock (_lock)
        {
            RequireOpen();
            _groups[group] = node;
        }
    }

    private void RequireOpen()
    {
        if (_disposing is not null)
            throw StopReasons.Stopped();
    }

    private async Task CloseWhenFaultedAsync()
    {
        RaftKvException met = await _parts.Faulted.ConfigureAwait(false);
        lock (_lock)
            _disposing ??= Task.Run(() => CloseAsync(met));
        await _disposing.ConfigureAwait(false);
    }

    private async Task CloseAsync(RaftKvException? met)
    {
        RaftNode[] running;
        Task[] underWay;
        lock (_lock)
            (running, underWay) = ([.. _groups.Values.OfType<RaftNode>()], [.. _underWay]);
        try
        {
            await Task.WhenAll(running.Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);
        }
        finally
        {
            // A machine that throws while its group stops does not keep the host open. Whoever asked for what is under way is told how it ended.
            await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _parts.CloseAsync().ConfigureAwait(false);
            _parts.Unlock();
            _stopped.TrySetResult(met);
        }
    }

    // Its next run would not know of a vote or an acknowledgement that leaves as soon as there is room, and could promise the contrary.
    private static RaftKvException Unwritten(GroupId group) => new(
        $"The disk has no room yet for what group {group} was writing when it stopped. Free space and try again.", WriteOutcome.NotApplied)
    { Error = RaftKvError.NoSpace };

    private static RaftKvException Wrong(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.InvalidOptions };
}
