using System.Globalization;
using RaftKv.Node;
using RaftKv.Raft;
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
/// power n k      the power goes at the k-th change of the disk from now on
/// pause n, resume n                                                    transfer n   leadership away from n
/// clock n p      ticks take p percent of their time                    jump n t     t ticks at once
/// isolate n, cut a b (one way), part bits (those members from the others), clog a b (held back), mend
/// weather loss repeat late corrupt delay   per mille each, and microseconds
/// slow n micros, hang n, unhang n          the log's disk
/// fill n, empty n, flushfails n, writefails n, loses n (a write of the machine's files), rot n place (a byte of them)
/// </code>
/// </remarks>
internal sealed class FaultActions
{
    private const string StoreFile = "store/store.db";

    private readonly SimulatedCluster _cluster;
    private readonly FaultAtlas _atlas;
    private readonly DiskPlan[] _disks;

    public FaultActions(SimulatedCluster cluster, FaultAtlas atlas)
    {
        _cluster = cluster;
        _atlas = atlas;
        _disks = [.. cluster.Nodes.Select(_ => new DiskPlan())];
        for (int i = 0; i < _disks.Length; i++)
            cluster.Nodes[i].Disk.Faults = _disks[i].Next;
    }

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
                ToMember(verb, Node(member), _disks[member - 1]);
                break;
            case (var verb, [var member, var number]) when IsMember(member):
                ToMember(verb, Node(member), _disks[member - 1], number);
                break;
            default:
                throw new FormatException($"'{words}' is no fault of a cluster of {_disks.Length}.");
        }
    }

    /// <summary>Takes every fault off a member and starts it if it does not work.</summary>
    public void Mend(SimulatedNode node)
    {
        DiskPlan disk = _disks[node.Id.Value - 1];
        disk.Clear();
        node.Disk.CapacityBytes = long.MaxValue;
        node.Conditions.TickMicros = _cluster.Options.TickMicros;
        node.Conditions.DiskMicrosMax = _cluster.Options.DiskMicrosMax;
        node.EndHang();
        node.Resume();
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

    private bool IsMember(long number) => number >= 1 && number <= _disks.Length;

    private SimulatedNode Node(long number) => _cluster.Node(new NodeId(number));

    private void ToMember(string verb, SimulatedNode node, DiskPlan disk)
    {
        switch (verb)
        {
            case "crash" when node.IsUp:
                node.Crash();
                break;
            case "kill" when node.IsUp:
                node.Kill();
                break;
            case "start":
                disk.FatalOperation = 0;
                Start(node);
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
            case "unhang":
                node.EndHang();
                break;
            case "fill":
                node.Disk.CapacityBytes = node.Disk.UsedBytes;
                break;
            case "empty":
                node.Disk.CapacityBytes = long.MaxValue;
                break;
            case "flushfails":
                disk.FlushFails = true;
                break;
            case "writefails":
                disk.WriteFails = true;
                break;
            case "loses":
                disk.MayLose = () => _atlas.TryDamage(node.Id);
                break;
            case "crash" or "kill" or "stop" or "transfer":
                break;
            default:
                throw new FormatException($"'{verb} {node.Id}' is no fault.");
        }
    }

    private void ToMember(string verb, SimulatedNode node, DiskPlan disk, long number)
    {
        switch (verb)
        {
            case "power":
                disk.FatalOperation = node.Disk.Operations + number;
                break;
            case "clock":
                node.Conditions.TickMicros = _cluster.Options.TickMicros * number / 100;
                break;
            case "jump":
                node.JumpClock((int)number);
                break;
            case "slow":
                node.Conditions.DiskMicrosMax = number;
                break;
            case "rot":
                Rot(node, number);
                break;
            default:
                throw new FormatException($"'{verb} {node.Id} {number}' is no fault.");
        }
    }

    private void Rot(SimulatedNode node, long place)
    {
        if (!node.Disk.Files().Contains(StoreFile) || node.Disk.ReadFile(StoreFile).Length is not (> 0 and var length))
            return;
        if (_atlas.TryDamage(node.Id))
            node.Disk.Corrupt(StoreFile, place % length);
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

    // What a supervisor does: a process that stopped is ended before it is started again.
    private void Start(SimulatedNode node)
    {
        if (node.IsUp && !node.IsWorking)
            node.Kill();
        try
        {
            node.Start();
        }
        catch (RaftKvException refused) when (_atlas.Damaged.Contains(node.Id) && refused.Error == RaftKvError.Storage)
        {
            _cluster.Note(node.Id, $"cannot start: {refused.Message}");
        }
        if (node.StartFailure is { } failure && !IsExcused(node))
            throw new SimulationException($"Member {node.Id} cannot start although its disk did as it should: {failure.Message}", failure);
    }

    /// <summary>Whether a member's storage may fail: its disk did, or was damaged, or is full.</summary>
    public bool IsExcused(SimulatedNode node) => _atlas.Damaged.Contains(node.Id) || node.Disk.CapacityBytes != long.MaxValue
        || _disks[node.Id.Value - 1].Delivered > 0;
}
