using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>The words of a scenario that destroy what a member has stored, as far as the atlas allows it.</summary>
/// <remarks>
/// Only what can be noticed is done to a log: its last batch, damaged or lost, looks like a write that a crash interrupted, and a
/// member that has lost what it acknowledged without knowing it is more than any replication bears.
/// </remarks>
/// <param name="cluster">The cluster.</param>
/// <param name="atlas">Knows what the cluster bears.</param>
internal sealed class DamageActions(SimulatedCluster cluster, FaultAtlas atlas)
{
    private const string StoreFile = "store/store.db";
    private const string LogDirectory = "wal";

    // A member that works hears of the leader's commit index within a few ticks.
    private const int RecogniseTicksMax = 40;

    private readonly SortedDictionary<NodeId, OldCopy> _copies = [];

    /// <summary>Carries out a word that takes a member.</summary>
    /// <returns>False when it is none.</returns>
    public bool TryDo(string verb, SimulatedNode node, DiskPlan plan)
    {
        switch (verb)
        {
            case "loses" or "strays":
                (plan.MayDamageStore, plan.StoreStrays) = (() => atlas.TryDamage(node.Id), verb == "strays");
                return true;
            case "logloses" or "logstrays":
                (plan.MayDamageLog, plan.LogStrays) = (() => atlas.TryDamage(node.Id), verb == "logstrays");
                return true;
            case "wipe":
                Wipe(node);
                return true;
            case "copy":
                Copy(node);
                return true;
            case "restore":
                Restore(node);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Carries out a word that takes a member and a number.</summary>
    /// <returns>False when it is none.</returns>
    public bool TryDo(string verb, SimulatedNode node, DiskPlan plan, long number)
    {
        switch (verb)
        {
            case "distort":
                Distort(node, number);
                return true;
            case "rot":
                RotStore(node, number);
                return true;
            case "logrot":
                RotLog(node, plan, number);
                return true;
            default:
                return false;
        }
    }

    // Flips a bit of the machine's file.
    private void RotStore(SimulatedNode node, long place)
    {
        if (!node.Disk.Files().Contains(StoreFile) || node.Disk.ReadFile(StoreFile).Length is not (> 0 and var length))
            return;
        if (atlas.TryDamage(node.Id))
            node.Disk.Corrupt(StoreFile, place % length);
    }

    // Flips a bit of the next command on its way to the machine: the log is sound, and what the machine makes of it is not.
    private void Distort(SimulatedNode node, long bit) => node.Distortion = command =>
    {
        if (command.Payload.IsEmpty || !atlas.TryDistort(node.Id, command.Position.Index))
            return command;
        node.Distortion = null;
        byte[] bytes = command.Payload.ToArray();
        bytes[bit / 8 % bytes.Length] ^= (byte)(1 << (int)(bit % 8));
        cluster.Note(node.Id, "applies something else at", command.Position.Index.Value);
        return new Command(command.Position, bytes, command.Format);
    };

    // Flips a bit of the log before its last batch.
    private void RotLog(SimulatedNode node, DiskPlan plan, long place)
    {
        List<(string File, long Bytes)> sound = [.. BeforeLastBatch(node, plan)];
        if (sound.Sum(part => part.Bytes) is not (> 0 and var bytes) || !atlas.TryDamage(node.Id))
            return;
        place %= bytes;
        foreach ((string file, long length) in sound)
        {
            if (place < length)
            {
                node.Disk.Corrupt(file, place);
                return;
            }
            place -= length;
        }
    }

    // Gives the member an empty disk.
    private void Wipe(SimulatedNode node)
    {
        if (atlas.TryWipe(node))
            node.Wipe(waits: atlas.HasChanged);
    }

    // Copies what a member's disk shows, for later: what is wrong there would be called new.
    private void Copy(SimulatedNode node)
    {
        if (!node.IsWorking || node.IsPaused || atlas.AreFilesDamaged(node.Id))
            return;
        RaftStatus status = node.Driver!.Status;
        _copies[node.Id] = new OldCopy(
            node.Disk.Files().ToDictionary(path => path, node.Disk.ReadFile), status.Term, status.Leader, status.Last.Index, node.Incarnation);
    }

    // Puts the copy back, if the leader of then leads now and knows that the member has acknowledged more: only then is it noticed
    // (docs/divergence.md). The member hears nobody else until it has noticed; then it gets an empty disk.
    private void Restore(SimulatedNode node)
    {
        bool isKnown = _copies.TryGetValue(node.Id, out OldCopy? copy) && copy.Incarnation == node.Incarnation;
        if (!isKnown || cluster.Network.Quarantine is not null || cluster.Leader is not { IsWorking: true, IsPaused: false } leader)
            return;
        RaftStatus status = leader.Driver!.Status;
        LogIndex acknowledged = status.Peers.FirstOrDefault(peer => peer.Peer == node.Id).Match;
        bool isNoticed = leader != node && status.Term == copy!.Term && leader.Id == copy.Leader && status.Commit > copy.Last
            && acknowledged > copy.Last;
        if (!isNoticed || !atlas.TryWipe(node))
            return;
        node.Restore(copy!.Files);
        cluster.Network.Quarantine = (node.Id, leader.Id);
        try
        {
            node.Start();
        }
        catch (RaftKvException refused) when (refused.Error == RaftKvError.Storage)
        {
            // What was copied was damaged already.
            cluster.Note(node.Id, $"cannot start: {refused.Message}");
        }
        Await(node, acknowledged, leader, status.Term, RecogniseTicksMax);
    }

    // A member whose copy is so old that it does not know its own disk to be on record takes all it lacks from the leader instead.
    // Meanwhile whoever guards the copy takes it away again when the leader it would be noticed by is lost.
    private void Await(SimulatedNode node, LogIndex acknowledged, SimulatedNode leader, Term term, int ticks) =>
        cluster.Events.After(cluster.Options.TickMicros, () => Guard(node, acknowledged, leader, term, ticks));

    private void Guard(SimulatedNode node, LogIndex acknowledged, SimulatedNode leader, Term term, int ticks)
    {
        bool isNoticed = node.IsUp && !node.IsWorking;
        if (node.IsWorking && !node.IsPaused && node.Driver!.Status.Durable >= acknowledged)
        {
            cluster.Network.Quarantine = null;
            return;
        }
        bool isOver = isNoticed || (ticks == 0 && !KnowsBetter(node, leader)) || !node.IsUp || node.IsPaused || node.Conditions.DiskHangs
            || leader is not { IsWorking: true, IsPaused: false } || leader.Driver!.Role != Role.Leader || leader.Driver.Term != term;
        if (isOver)
        {
            cluster.Network.Quarantine = null;
            node.Wipe(waits: atlas.HasChanged);
        }
        else if (ticks == 0)
            throw new SimulationException($"Member {node.Id} works on with an older copy of its disk although leader {leader.Id} knows.");
        else
            Await(node, acknowledged, leader, term, ticks - 1);
    }

    // Whether it has heard the leader and has its own disk on record: then it must have noticed.
    private static bool KnowsBetter(SimulatedNode node, SimulatedNode leader) => node.IsWorking && node.Driver!.Leader == leader.Id
        && node.Driver.Status.Configuration.IncarnationOf(node.Id) == node.Incarnation;

    // Whole segments before the last one, and that one from behind its header up to where its last batch begins.
    private static IEnumerable<(string File, long Bytes)> BeforeLastBatch(SimulatedNode node, DiskPlan plan)
    {
        SimulatedDisk flushed = node.Disk.Flushed();
        if (Verify(flushed) is not { IsSound: true } log)
            yield break;
        foreach (WalSegmentInfo segment in log.Segments.SkipLast(1))
            yield return ($"{LogDirectory}/{segment.File}", segment.UsedBytes);
        if (log.Segments.Count == 0)
            yield break;
        WalSegmentInfo last = log.Segments[^1];
        long lastBatch = plan.WritesOf($"{LogDirectory}/{last.File}").Where(offset => offset < last.UsedBytes).DefaultIfEmpty(0).Max();
        IReadOnlyList<WalRecordInfo> records = WalInspector.Records(flushed.Root.OpenDirectory(LogDirectory), last.File);
        if (records.Any(record => record.Offset == lastBatch))
            yield return ($"{LogDirectory}/{last.File}", lastBatch);
    }

    private static WalVerification? Verify(SimulatedDisk disk)
    {
        try
        {
            return WalInspector.Verify(disk.Root.OpenDirectory(LogDirectory));
        }
        catch (StorageException)
        {
            return null;     // what was damaged before is bad enough
        }
    }

    private sealed record OldCopy(IReadOnlyDictionary<string, byte[]> Files, Term Term, NodeId Leader, LogIndex Last, long Incarnation);
}
