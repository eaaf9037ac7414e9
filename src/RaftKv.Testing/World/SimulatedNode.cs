using RaftKv.Node;
using RaftKv.Node.Driver;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Storage;
using RaftKv.Testing.Disk;

namespace RaftKv.Testing.World;

/// <summary>
/// One whole member on the simulation's thread: the production driver, log and machine, with its own disk, which outlives the member's
/// processes. Its log writes and its applying take virtual time, so that a crash finds them half done.
/// </summary>
public sealed class SimulatedNode
{
    private readonly SimulatedCluster _cluster;
    private readonly SplittableRandom _random;
    private readonly Configuration _founding;
    private SimulatedProcess? _process;
    private bool _waits;
    private long _disks;

    internal SimulatedNode(SimulatedCluster cluster, NodeId id, Configuration founding, SplittableRandom random)
    {
        _founding = founding;
        _cluster = cluster;
        Formats = cluster.Options.Formats;
        _random = random;
        Id = id;
        Disk = new SimulatedDisk(random.Fork("disk"));
        Conditions = new NodeConditions
        {
            TickMicros = cluster.Options.TickMicros * (98 + random.Next(5)) / 100,
            DiskMicrosMax = cluster.Options.DiskMicrosMax,
        };
    }

    /// <summary>The member's number.</summary>
    public NodeId Id { get; }

    /// <summary>The member's disk; it outlives crashes.</summary>
    public SimulatedDisk Disk { get; private set; }

    /// <summary>Whether the member runs.</summary>
    public bool IsUp => _process is not null;

    /// <summary>The driver of the present run; null while the member is down.</summary>
    public NodeDriver? Driver => _process?.Driver;

    /// <summary>The machine of the present run; null while the member is down.</summary>
    public IStateMachine? Machine => _process?.Machine;

    /// <summary>The member's clock and the speed of its disk, which may be changed at any time.</summary>
    public NodeConditions Conditions { get; }

    /// <summary>The log formats that the member speaks from its next start on.</summary>
    /// <value>Default <see cref="SimulatedClusterOptions.Formats"/>.</value>
    public LogFormatRange Formats { get; set; }

    /// <summary>The member as the layers above see a node, for this run of it; null while the member is down.</summary>
    public IRaftNode? Requests => _process?.Requests;

    /// <summary>Whether the member runs and neither faulted nor stopped.</summary>
    public bool IsWorking => Driver is { StopReason: null };

    /// <summary>Why the last start failed, when what the disk holds was the reason; null after one that succeeded, or lost its power.</summary>
    public StorageException? StartFailure { get; private set; }

    internal RaftCore? Core => _process?.Core;

    internal bool IsPaused => _process is { IsPaused: true };

    /// <summary>Whether the member knows that its state is not the majority's and was not rebuilt since: it answers nothing from it.</summary>
    internal bool IsIsolated { get; set; }

    /// <summary>Called when another member's state is about to take the place of the machine's.</summary>
    internal Action? Installs { get; set; }

    /// <summary>What the machine sees in place of each command, when set. The log and the checks keep to what was agreed.</summary>
    internal Func<Command, Command>? Distortion { get; set; }

    /// <summary>Counts starts and ends of the member's process.</summary>
    internal long Boot { get; private set; }

    /// <summary>The identity of the member's disk as the last start found it; 0 while nobody has looked at a new disk.</summary>
    internal long Incarnation { get; set; }

    /// <summary>What the build of the present run speaks; null while the member is down.</summary>
    internal LogFormatRange? Spoken => IsUp ? Speaks : null;

    /// <summary>What the build of the present or last run speaks.</summary>
    internal LogFormatRange Speaks { get; private set; } = LogFormatRange.First;

    /// <summary>Where the run's proposals are kept; see <see cref="SimulatedProcess.Envelopes"/>.</summary>
    internal EnvelopePool? Envelopes => _process?.Envelopes;

    /// <summary>Who gives the member's state to others; null when nobody does at the moment.</summary>
    internal ISnapshotSource? Snapshots => _process?.Snapshots;

    /// <summary>Starts the member from what its disk holds. When the power goes while it starts, it stays down.</summary>
    public void Start()
    {
        if (IsUp)
            return;
        try
        {
            Guard(StartNow);
        }
        finally
        {
            // A process that cannot start ends, and the next one opens its files anew.
            if (!IsUp)
                Disk.Kill();
        }
    }

    /// <summary>Cuts the member's power: it stops at once, and its disk forgets what was not flushed.</summary>
    public void Crash()
    {
        GoDown("crash");
        Disk.Crash();
    }

    /// <summary>Kills the member's process while its machine runs on: it stops at once, and its disk forgets nothing.</summary>
    public void Kill()
    {
        GoDown("kill");
        Disk.Kill();
    }

    /// <summary>
    /// Stops the member, which must be up, in good order. Once <see cref="NodeDriver.StopReason"/> says that it has, <see cref="Crash"/>
    /// takes it down, and it can be started again.
    /// </summary>
    public void Stop() => _process?.Input(StopInput.Instance);

    /// <summary>Ends the process of a member that has stopped, as in good order: its log is closed first.</summary>
    public void Exit()
    {
        if (_process is { } process && !IsWorking)
            Guard(process.CloseLog);
        Kill();
    }

    /// <summary>Stops the member's process in its tracks: what arrives waits for <see cref="Resume"/>, and no tick is counted.</summary>
    public void Pause() => _process?.Pause();

    /// <summary>Lets a paused member go on: what waited reaches it at once.</summary>
    public void Resume() => _process?.Resume();

    /// <summary>Sets the member's clock forward: ticks that lie between come at once.</summary>
    /// <param name="ticks">How many.</param>
    public void JumpClock(int ticks)
    {
        _cluster.Note(Id, "jump", ticks);
        for (int i = 0; i < ticks && _process is { IsPaused: false } process; i++)
            process.Input(TickInput.Instance);
    }

    /// <summary>Lets the writes of a disk that hung go on.</summary>
    public void EndHang()
    {
        Conditions.DiskHangs = false;
        _process?.Log.GoOn();
    }

    /// <summary>Takes the member down and gives it an empty disk: whatever it had promised is forgotten.</summary>
    /// <param name="waits">
    /// Whether the next start is that of a node which waits to be told who its cluster is, as it must once others than the founders belong
    /// to it; default false, a start like the first one.
    /// </param>
    public void Wipe(bool waits = false)
    {
        _waits = waits;
        Crash();
        Disk = new SimulatedDisk(_random.Fork($"disk {++_disks}")) { Faults = Disk.Faults };
        Incarnation = 0;
    }

    /// <summary>Proposes a command at this member, which must be up.</summary>
    public SimulatedProposal Propose(ReadOnlySpan<byte> payload)
    {
        SimulatedProposal proposal = new(payload, Envelopes);
        _process?.Input(proposal);
        return proposal;
    }

    /// <summary>Asks for a linearizable read at this member, which must be up.</summary>
    /// <param name="serve">Reads the machine, at the moment it is new enough.</param>
    public SimulatedRead Read(Action serve)
    {
        SimulatedRead read = new(serve);
        _process?.Input(read);
        return read;
    }

    /// <summary>Asks this member, which must be up, to hand leadership over.</summary>
    /// <param name="target">The member that is to lead; null for the one that holds most of the log.</param>
    public SimulatedTransfer TransferLeadership(NodeId? target = null)
    {
        SimulatedTransfer transfer = new(target);
        _process?.Input(transfer);
        return transfer;
    }

    /// <summary>Asks this member, which must be up, for a change of the membership.</summary>
    public SimulatedMembership Change(MembershipChange change)
    {
        SimulatedMembership wish = new(change);
        _process?.Input(wish);
        return wish;
    }

    /// <summary>Takes the member down and puts files in the place of all that its disk has.</summary>
    internal void Restore(IReadOnlyDictionary<string, byte[]> files)
    {
        long incarnation = Incarnation;
        Wipe(_waits);
        foreach ((string path, byte[] content) in files)
            Disk.WriteFile(path, content);
        Incarnation = incarnation;
    }

    /// <summary>Hands an input to the driver, after a pause if there is one.</summary>
    internal void Take(NodeInput input) => _process?.Take(input);

    /// <summary>Hands a message to the driver, after a pause if there is one.</summary>
    internal void Receive(Message message) => _process?.Receive(message);

    /// <summary>Runs work that reads this member's disk on behalf of another.</summary>
    internal void Serve(Action work)
    {
        if (IsUp)
            Guard(work);
    }

    /// <summary>Runs work that touches the disk: when the power goes in the middle of it the member crashes, else it faults as usual.</summary>
    internal void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (StorageException e)
        {
            if (Disk.IsOff)
                Crash();
            else if (_process is not { } process)
                Refuse(e);
            else
                process.Input(new FaultInput(new RaftKvException(e.Message, WriteOutcome.NotApplied, null, e) { Error = RaftKvError.Storage }));
        }
        catch (RaftKvException e) when (IsUp)
        {
            if (Disk.IsOff)
                Crash();
            else
                _process!.Input(new FaultInput(e));
        }
    }

    /// <summary>Whether a process is the one that the member runs as.</summary>
    internal bool RunsAs(SimulatedProcess process) => _process == process;

    private void StartNow()
    {
        Boot++;
        Speaks = Formats;
        StartFailure = null;
        SimulatedProcess process = new(_cluster, this, _waits ? Configuration.Empty : _founding, _random);
        _process = process;
        process.Begin();
    }

    private void GoDown(string how)
    {
        if (IsUp)
            _cluster.Note(Id, how);
        _process?.Requests!.End(new RaftKvException("The member's process is gone.", WriteOutcome.NotApplied) { Error = RaftKvError.Stopped });
        _process = null;
        Boot++;
        _cluster.Checks.Crashed(Id);
        _cluster.Network.Crashed(Id);
    }

    private void Refuse(StorageException reason)
    {
        StartFailure = reason;
        _cluster.Note(Id, $"cannot start: {reason.Message}");
    }
}
