using System.Globalization;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Testing.Network;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// The words of a scenario that disturb and mend. Members are numbers from 1; a step that makes no sense at its moment does nothing,
/// so that any part of a scenario is a scenario.
/// </summary>
/// <remarks>
/// <code>
/// crash n        the power goes, unflushed writes are lost or torn     start n      (again), by a supervisor
/// kill n         the process dies, its disk forgets nothing            stop n       in good order
/// revive         starts every member that is down
/// power n k      the power goes at the k-th change of the disk from now on
/// storepower n k the same, counting only changes of the machine's files
/// flushpower n k the same, counting only flushes of them
/// installpower k the same for whichever member is the next to put another's state in place, counting from then on
/// pause n, resume n                                                    transfer n   leadership away from n
/// clock n p      ticks take p percent of their time                    jump n t     t ticks at once
/// isolate n, cut a b (one way), part bits (those members from the others), clog a b (held back), mend
/// weather loss repeat late corrupt delay   per mille each, and microseconds
/// slow n micros, hang n, unhang n          the log's disk
/// memory n bytes the host leaves so many to entries, each for those kept, applied and written; room n  as many as usual
/// fill n, empty n, flushfails n, writefails n
/// loses n, strays n (a write of the machine's files is lost, or goes to another place), rot n place (a byte of them)
/// logloses n, logstrays n, logrot n place  the same in the log, where it can be noticed
/// wipe n         an empty disk                 copy n, restore n    what the disk had when it was copied
/// come           a node more joins             leave n, replace n (by a new one), demote n, promote n
/// upgrade n, downgrade n  the process ends and starts as the next build, or as the one before
/// activate       the newest log format that every member speaks, where it does not come by itself
/// distort n bit  a bit of the next command is another one as the machine sees it, where states are compared
/// </code>
/// </remarks>
internal sealed class FaultActions
{
    private readonly SimulatedCluster _cluster;
    private readonly FaultAtlas _atlas;
    private readonly DamageActions _damage;
    private readonly MembershipActions _membership;
    private readonly List<DiskPlan> _disks = [];

    // The newest that was ever installed anywhere: where the roll-out ends.
    private int _newestBuild;

    public FaultActions(SimulatedCluster cluster, FaultAtlas atlas)
    {
        _cluster = cluster;
        _atlas = atlas;
        _damage = new DamageActions(cluster, atlas);
        _membership = new MembershipActions(cluster, atlas);
        _newestBuild = Builds.Number(cluster.Options.Formats);
        Plan(cluster.Nodes[0]);
    }

    /// <summary>Whether a newer log format was ever asked for.</summary>
    public bool HasActivated { get; private set; }

    /// <summary>Carries a step out.</summary>
    /// <exception cref="FormatException">The words are no fault.</exception>
    public void Do(string words)
    {
        string[] parts = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long[] numbers = [.. parts.Skip(1).Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        switch (parts[0], numbers)
        {
            case ("mend", []):
                _cluster.Network.Heal();
                break;
            case ("come", []):
                _membership.Come();
                break;
            case ("activate", []):
                ActivateFormat();
                break;
            case ("revive", []):
                foreach (SimulatedNode node in _cluster.Nodes.Where(node => !node.IsUp))
                    Revive(node);
                break;
            case ("installpower", [var operation]):
                foreach (SimulatedNode node in _cluster.Nodes)
                    node.Installs = () => CutPowerWhileItInstalls(node, operation);
                break;
            case ("weather", [var loss, var repeat, var late, var corrupt, var delay]):
                _cluster.Network.Faults = Weather(loss, repeat, late, corrupt, delay);
                break;
            case ("part", [var bits]):
                Part(bits);
                break;
            case ("cut", [var from, var to]):
                _cluster.Network.Cut(new NodeId(from), new NodeId(to));
                break;
            case ("clog", [var from, var to]):
                _cluster.Network.Clog(new NodeId(from), new NodeId(to));
                break;
            case (var verb, [var member]) when IsMember(member):
                ToMember(verb, Node(member), Plan(Node(member)));
                break;
            case (var verb, [var member, var number]) when IsMember(member):
                ToMember(verb, Node(member), Plan(Node(member)), number);
                break;
            case (_, [> 0 and var absent, ..]) when absent > _cluster.Options.Members:
                break;
            default:
                throw new FormatException($"'{words}' is no fault of a cluster of {_cluster.Options.Members}.");
        }
    }

    /// <summary>Asks for the newest log format that every member speaks, as an operator does after a roll-out.</summary>
    public void ActivateFormat()
    {
        HasActivated = true;
        _membership.Activate();
    }

    /// <summary>Takes every fault off a member and starts it, as the newest build, if it does not work as that.</summary>
    /// <remarks>The power may still go when it puts a state in place: most states are given when those that were away are back.</remarks>
    public void Mend(SimulatedNode node)
    {
        Plan(node).Clear();
        node.Distortion = null;
        node.Disk.CapacityBytes = long.MaxValue;
        node.Conditions.TickMicros = _cluster.Options.TickMicros;
        node.Conditions.DiskMicrosMax = _cluster.Options.DiskMicrosMax;
        node.Conditions.EntryBytesMax = null;
        node.EndHang();
        node.Resume();
        Install(node, _newestBuild);
        Start(node);
    }

    private static NetworkFaults Weather(long loss, long repeat, long late, long corrupt, long delay) => new()
    {
        LossChance = loss / 1000.0,
        RepeatChance = repeat / 1000.0,
        LateChance = late / 1000.0,
        CorruptChance = corrupt / 1000.0,
        DelayMicrosMax = delay,
    };

    // A member that never came is as one that is down.
    private bool IsMember(long number) => number >= 1 && number <= _cluster.Nodes.Count;

    private SimulatedNode Node(long number) => _cluster.Node(new NodeId(number));

    private void ToMember(string verb, SimulatedNode node, DiskPlan disk)
    {
        switch (verb)
        {
            case "upgrade" or "downgrade":
                Install(node, Builds.Number(node.Formats) + (verb == "upgrade" ? 1 : -1));
                break;
            case "crash" when node.IsUp:
                node.Crash();
                break;
            case "kill" when node.IsUp:
                node.Kill();
                break;
            case "start":
                Revive(node);
                break;
            case "stop" when node.IsWorking:
                node.Stop();
                break;
            case "transfer" when node.IsWorking:
                node.TransferLeadership();
                break;
            case "pause":
                node.Pause();
                break;
            case "resume":
                node.Resume();
                break;
            case "isolate":
                _cluster.Network.Isolate(node.Id, _cluster.Nodes.Select(other => other.Id));
                break;
            case "hang":
                node.Conditions.DiskHangs = true;
                break;
            case "room":
                node.Conditions.EntryBytesMax = null;
                break;
            case "unhang":
                node.EndHang();
                break;
            case "fill" or "empty":
                node.Disk.CapacityBytes = verb == "fill" ? node.Disk.UsedBytes : long.MaxValue;
                break;
            case "flushfails":
                disk.FlushFails = true;
                break;
            case "writefails":
                disk.WriteFails = true;
                break;
            case "crash" or "kill" or "stop" or "transfer":
                break;
            default:
                if (!_damage.TryDo(verb, node, disk) && !_membership.TryDo(verb, node.Id))
                    throw new FormatException($"'{verb} {node.Id}' is no fault.");
                break;
        }
    }

    private void ToMember(string verb, SimulatedNode node, DiskPlan disk, long number)
    {
        switch (verb)
        {
            case "power":
                disk.FatalOperation = node.Disk.Operations + number;
                break;
            case "storepower":
                disk.StoreOperationsLeft = number;
                break;
            case "flushpower":
                disk.StoreFlushesLeft = number;
                break;
            case "clock":
                node.Conditions.TickMicros = _cluster.Options.TickMicros * number / 100;
                break;
            case "jump":
                node.JumpClock((int)number);
                break;
            case "memory":
                node.Conditions.EntryBytesMax = number;
                break;
            case "slow":
                node.Conditions.DiskMicrosMax = number;
                break;
            default:
                if (_damage.TryDo(verb, node, disk, number))
                    break;
                throw new FormatException($"'{verb} {node.Id} {number}' is no fault.");
        }
    }

    private void CutPowerWhileItInstalls(SimulatedNode installing, long operation)
    {
        foreach (SimulatedNode node in _cluster.Nodes)
            node.Installs = null;
        Plan(installing).FatalOperation = installing.Disk.Operations + operation;
    }

    private void Part(long bits)
    {
        foreach (SimulatedNode one in _cluster.Nodes)
        {
            foreach (SimulatedNode other in _cluster.Nodes)
            {
                if ((bits >> (int)(one.Id.Value - 1) & 1) != (bits >> (int)(other.Id.Value - 1) & 1))
                    _cluster.Network.Cut(one.Id, other.Id);
            }
        }
    }

    // A member that is down stays so: its next start is that of the other build.
    private void Install(SimulatedNode node, int build)
    {
        node.Formats = Builds.Formats(build);
        _newestBuild = Math.Max(_newestBuild, Builds.Number(node.Formats));
        if (!node.IsUp || node.Formats == node.Speaks)
            return;
        node.Kill();
        Start(node);
    }

    // What was counted down to while it ran is over; a power cut at flushes of its files waits on, for a start makes few of them.
    private void Revive(SimulatedNode node)
    {
        DiskPlan disk = Plan(node);
        (disk.FatalOperation, disk.StoreOperationsLeft) = (0, 0);
        Start(node);
    }

    // What a supervisor does: a process that stopped is ended before it is started again.
    private void Start(SimulatedNode node)
    {
        if (node.IsUp && !node.IsWorking)
            node.Kill();
        _ = Plan(node);
        try
        {
            node.Start();
        }
        catch (RaftKvException refused) when (_atlas.IsDamaged(node.Id) && refused.Error == RaftKvError.Storage)
        {
            _cluster.Note(node.Id, $"cannot start: {refused.Message}");
        }
        if (node.StartFailure is { } failure && !IsExcused(node, failure))
            throw new SimulationException($"Member {node.Id} cannot start although its disk did as it should: {failure.Message}", failure);
    }

    // What a disk is to do next; a disk that is new to the run follows its plan from now on.
    private DiskPlan Plan(SimulatedNode node)
    {
        while (_disks.Count < _cluster.Nodes.Count)
        {
            _disks.Add(new DiskPlan());
            _cluster.Nodes[_disks.Count - 1].Disk.Faults = _disks[^1].Next;
        }
        return _disks[(int)node.Id.Value - 1];
    }

    /// <summary>Replaces the disk of a member that its own does not let work, as an operator does.</summary>
    /// <returns>False when nobody could see that it is another one.</returns>
    public bool TryReplaceDisk(SimulatedNode node)
    {
        if (!_atlas.TryWipe(node))
            return false;
        node.Wipe(waits: _atlas.HasChanged);
        Mend(node);
        return true;
    }

    /// <summary>Whether a member's storage may fail: it was damaged, or its disk is full or has refused something.</summary>
    /// <param name="node">The member.</param>
    /// <param name="reason">How it failed. Files are damaged only when somebody damaged them: a refusal leaves them as they were.</param>
    public bool IsExcused(SimulatedNode node, StorageException? reason) => _atlas.AreFilesDamaged(node.Id)
        || (reason is not StorageCorruptException && (node.Disk.CapacityBytes != long.MaxValue || Plan(node).HasFailed));
}
