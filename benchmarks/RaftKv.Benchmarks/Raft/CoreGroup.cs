using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Benchmarks.Raft;

/// <summary>Three cores wired in one process: every write is durable at once, every message arrives at once.</summary>
internal sealed class CoreGroup
{
    private readonly RaftCore[] _cores = new RaftCore[3];
    private readonly long[] _applied = new long[3];
    private readonly bool[] _cut = new bool[3];
    private readonly Entry[] _log;

    /// <param name="entriesKept">How many entries the leader's disk has room for; beyond it nothing can be read back.</param>
    public CoreGroup(int entriesKept)
    {
        _log = new Entry[entriesKept];
        for (int i = 0; i < _cores.Length; i++)
        {
            RaftOptions options = new() { Self = new NodeId(i + 1), EntryWindowBytes = 4 << 20 };
            RaftRestore restore = new() { Configuration = Configuration.Of(1, 2, 3) };
            _cores[i] = new RaftCore(options, restore, new SplittableRandom((ulong)i));
        }
        while (Leader.Role != Role.Leader)
        {
            Leader.Tick();
            Settle();
        }
    }

    public RaftCore Leader => _cores[0];

    public long AppliedEverywhere => Math.Min(_applied[0], Math.Min(_applied[1], _applied[2]));

    public long AppliedAtLaggard => _applied[2];

    public void CutOffLaggard(bool cut) => _cut[2] = cut;

    public void Tick()
    {
        Leader.Tick();
        Settle();
    }

    /// <summary>Does everything that follows from what was done, until nothing moves.</summary>
    public void Settle()
    {
        bool moved = true;
        while (moved)
        {
            moved = false;
            for (int i = 0; i < _cores.Length; i++)
                moved |= Work(i, _cores[i]);
        }
    }

    // One Ready at a time, so that no member runs ahead of what the others can take.
    private bool Work(int i, RaftCore core)
    {
        if (!core.HasReady)
            return false;
        Ready ready = core.TakeReady();
        Deliver(ready.SendNow.Span);
        if (ready.Persist is { } batch)
        {
            if (i == 0 && _log.Length > 0 && !batch.Entries.IsEmpty)
                batch.Entries.CopyTo(_log.AsMemory((int)batch.Entries.Span[0].Index.Value));
            core.Persisted(ready.Number);
        }
        Deliver(ready.SendAfterPersist.Span);
        Apply(i, core, ready.Apply.Span);
        foreach (LogRange range in ready.ReadLog.Span)
            core.LogRead(range, _log.AsMemory((int)range.First.Value, (int)(range.Last.Value - range.First.Value + 1)));
        core.Return(ready);
        return true;
    }

    private void Apply(int i, RaftCore core, ReadOnlySpan<Entry> page)
    {
        if (page.IsEmpty)
            return;
        _applied[i] = page[^1].Index.Value;
        core.Applied(page[^1].Index);
    }

    private void Deliver(ReadOnlySpan<Message> messages)
    {
        foreach (Message message in messages)
        {
            if (!_cut[message.From.Value - 1] && !_cut[message.To.Value - 1])
                _cores[message.To.Value - 1].Receive(message);
        }
    }
}
