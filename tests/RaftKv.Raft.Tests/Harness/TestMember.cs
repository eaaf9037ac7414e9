using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>A core with a disk and a state machine whose speed the test decides.</summary>
internal sealed class TestMember(NodeId id, TestDisk disk, Func<long, RaftOptions> options, ulong seed)
{
    private readonly Queue<Ready> _writes = new();
    private readonly Queue<Ready> _applies = new();
    private readonly Queue<LogRange> _logReads = new();
    private long _run;
    private SnapshotOrder? _order;

    public NodeId Id { get; } = id;

    public TestDisk Disk { get; private set; } = disk;

    public RaftCore Core { get; private set; } = new(options(0), disk.Restore(), new SplittableRandom(seed).Fork($"node {id}"));

    public bool IsUp { get; private set; } = true;

    public Action<Message> Sent { get; set; } = _ => { };

    public Action<Ready> Taken { get; set; } = _ => { };

    public Action<Entry> AppliedEntry { get; set; } = _ => { };

    public Action<TestMember, PersistBatch> Written { get; set; } = (_, _) => { };

    public bool HasSnapshotOrder => _order is not null;

    public bool HasPending => _writes.Count + _applies.Count + _logReads.Count > 0;

    /// <summary>What is still to be written or applied.</summary>
    public IEnumerable<Ready> PendingReadys => _writes.Concat(_applies);

    public int PendingWrites => _writes.Count;

    public int PendingApplies => _applies.Count;

    public int PendingLogReads => _logReads.Count;

    /// <summary>Takes every Ready; what may leave, leaves.</summary>
    public void Drain()
    {
        while (IsUp && Core.HasReady)
        {
            Ready ready = Core.TakeReady();
            Taken(ready);
            foreach (Message message in ready.SendNow.Span)
                Sent(message);
            if (ready.Persist is not null || !ready.SendAfterPersist.IsEmpty)
                _writes.Enqueue(ready);
            foreach (SnapshotOrder order in ready.Snapshots.Span)
                _order = order;
            foreach (LogRange range in ready.ReadLog.Span)
                _logReads.Enqueue(range);
            if (!ready.Apply.IsEmpty)
                _applies.Enqueue(ready);
        }
    }

    /// <summary>Finishes the oldest write.</summary>
    public bool PersistOne()
    {
        if (!_writes.TryDequeue(out Ready? ready))
            return false;
        if (ready.Persist is not null)
        {
            Disk.Write(ready.Persist);
            Written(this, ready.Persist);
        }
        Core.Persisted(ready.Number);
        foreach (Message message in ready.SendAfterPersist.Span)
            Sent(message);
        return true;
    }

    public bool ApplyOne()
    {
        if (!_applies.TryDequeue(out Ready? ready))
            return false;
        foreach (Entry entry in ready.Apply.Span)
            AppliedEntry(entry);
        Disk.Applied = ready.Apply.Span[^1].Index;
        Core.Applied(Disk.Applied);
        return true;
    }

    public bool ReadLogOne(int countMax = int.MaxValue)
    {
        if (!_logReads.TryDequeue(out LogRange range))
            return false;
        Core.LogRead(range, Disk.Read(range, countMax));
        return true;
    }

    /// <summary>Drops the log up to what is applied.</summary>
    public void Compact()
    {
        LogIndex applied = Core.Status.Applied;
        if (applied <= Disk.Base.Index || applied > Disk.Last)
            return;
        LogPosition position = Disk.PositionAt(applied);
        Disk.CompactTo(position, Core.ConfigurationAt(applied));
        Core.Compacted(position);
    }

    /// <summary>Fetches what was ordered, from whoever the order names.</summary>
    public void FetchSnapshot(Func<NodeId, TestMember> find)
    {
        if (_order is not { } order)
            return;
        _order = null;
        TestMember source = find(order.From);
        LogIndex applied = source.Disk.Applied;
        if (!source.IsUp || applied < order.AtLeast.Index || applied < source.Disk.Base.Index)
        {
            Core.SnapshotFailed();
            return;
        }
        while (PersistOne())
        {
        }
        LogPosition position = source.Disk.PositionAt(applied);
        if (!Core.ShouldInstallSnapshot(position))
        {
            Core.SnapshotFailed();
            return;
        }
        Configuration configuration = source.Core.ConfigurationAt(applied);
        Disk.Install(position, configuration);
        _applies.Clear();
        _logReads.Clear();
        Core.SnapshotInstalled(position, configuration);
    }

    public void Crash()
    {
        _order = null;
        IsUp = false;
        _writes.Clear();
        _applies.Clear();
        _logReads.Clear();
    }

    /// <summary>The disk is replaced by an empty one.</summary>
    /// <param name="founding">What the next start says of the group.</param>
    public void Wipe(Configuration founding) => Disk = new TestDisk(founding);

    public void Restart()
    {
        _run++;
        Core = new RaftCore(options(_run), Disk.Restore(), new SplittableRandom(seed).Fork($"node {Id} run {_run}"));
        IsUp = true;
    }
}
