using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>Gathers what the next <see cref="Ready"/> will carry, in that very Ready, and takes back those that were used up.</summary>
internal sealed class Outbox(MessagePool messages)
{
    // More than are under way at once where the disk keeps up; groups that fell idle keep no more than this.
    private const int ReadysMax = 32;

    private FreeList<Ready> _free = new(ReadysMax);
    private Ready? _next;

    public bool IsEmpty => _next is null or { IsEmpty: true };

    private Ready Next => _next ??= Begin();

    public void Send(Message message) => Next.Send(message);

    public void SendAfterPersist(Message message) => Next.SendAfterPersisting(message);

    public void Add(ReadResult result) => Next.Answers.Add(result);

    public void Add(ProposalResult result) => Next.Answers.Add(result);

    public void Add(RaftEvent @event) => Next.Answers.Add(@event);

    public void Add(LogRange range) => Next.Answers.Add(range);

    public void Add(SnapshotOrder order) => Next.Answers.Add(order);

    /// <summary>What has gathered, under a number; another one gathers from now on.</summary>
    public Ready Take(long number)
    {
        Ready taken = Next;
        taken.SetNumber(number);
        _next = null;
        return taken;
    }

    public void TakeBack(Ready ready)
    {
        ready.HandBack(messages);
        _free.Add(ready);
    }

    public void Clear() => _next?.Clear();

    private Ready Begin()
    {
        Ready ready = _free.Take() ?? new Ready(this);
        ready.Begin();
        return ready;
    }
}
