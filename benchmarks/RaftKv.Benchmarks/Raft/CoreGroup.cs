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
    private readonly List<Entry> _log = [];
    private readonly Queue<Message> _network = new();
    private readonly bool _keepLog;

    public CoreGroup(bool keepLog)
    {
        _keepLog = keepLog;
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
            {
                while (_cores[i].HasReady)
                {
                    moved = true;
                    Handle(i, _cores[i].TakeReady());
                }
            }
            while (_network.TryDequeue(out Message? message))
            {
                moved = true;
                _cores[message.To.Value - 1].Receive(message);
            }
        }
    }

    private void Handle(int i, Ready ready)
    {
        RaftCore core = _cores[i];
        Send(ready.SendNow.Span);
        if (ready.Persist is not null)
        {
            if (_keepLog && i == 0)
                _log.AddRange(ready.Persist.Entries.Span);
            core.Persisted(ready.Number);
        }
        Send(ready.SendAfterPersist.Span);
        if (!ready.Apply.IsEmpty)
        {
            _applied[i] = ready.Apply.Span[^1].Index.Value;
            core.Applied(ready.Apply.Span[^1].Index);
        }
        foreach (LogRange range in ready.ReadLog.Span)
            core.LogRead(range, _log.GetRange((int)range.First.Value - 1, (int)(range.Last.Value - range.First.Value + 1)).ToArray());
    }

    private void Send(ReadOnlySpan<Message> messages)
    {
        foreach (Message message in messages)
        {
            if (!_cut[message.From.Value - 1] && !_cut[message.To.Value - 1])
                _network.Enqueue(message);
        }
    }
}
