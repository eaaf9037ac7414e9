using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>What becomes of messages: they arrive, late or twice or never or damaged.</summary>
internal sealed class Traffic(DrawnGroup group)
{
    private const double Damaged = 0.02;
    private const int PicksMax = 8;

    private readonly Dictionary<Message, int> _due = new(ReferenceEqualityComparer.Instance);

    private List<Message> InFlight => group.World.InFlight;

    /// <summary>One of the messages in flight arrives, unless those picked are lost or late.</summary>
    public void DeliverOne()
    {
        for (int pick = 0; pick < PicksMax && Pick() is { } message; pick++)
        {
            if (group.Random.Chance(group.Options.Loss))
                group.Run($"drop {MessageChoice.Words(group.World, message)}");
            else if (group.Random.Chance(Lag(message)))
                _due[message] = group.Commands.Count + 20 + group.Random.Next(200);
            else
            {
                Deliver(message);
                return;
            }
        }
    }

    /// <summary>What was held back long enough arrives.</summary>
    public void DeliverLate()
    {
        if (_due.Count == 0)
            return;
        foreach (Message message in InFlight.Where(IsOverdue).ToArray())
        {
            _due.Remove(message);
            group.Run($"deliver {MessageChoice.Words(group.World, message)}");
        }
    }

    // How likely a message is to be held back.
    private double Lag(Message message) => group.Options.Temper != Temper.Lagging ? 0 : message is VoteRequest ? 0.5 : 0.2;

    private bool IsOverdue(Message message) =>
        _due.TryGetValue(message, out int due) && (due <= group.Commands.Count || IsForFormerReign(message));

    private bool IsForFormerReign(Message message) =>
        message is AppendResponse && group.World[message.To].Core is { Role: Role.Leader } core && core.Term > message.Term;

    private void Deliver(Message message)
    {
        string words = MessageChoice.Words(group.World, message);
        if (group.Options.Damage && group.Random.Chance(Damaged))
            group.Run($"garble {words} way={group.Random.Next(1000)}");
        bool returns = group.Options.Temper == Temper.Deposing && message is AppendResponse && group.Random.Chance(0.3);
        bool isKept = returns || group.Random.Chance(group.Options.Repeat);
        group.Run(isKept ? $"deliver {words} keep=on" : $"deliver {words}");
        // An answer to a leader that was deposed meanwhile, and may lead again.
        if (returns)
            _due[message] = group.Commands.Count + 50 + group.Random.Next(200);
    }

    private Message? Pick()
    {
        if (!group.Options.Reorder)
            return InFlight.Find(message => !_due.ContainsKey(message));
        if (InFlight.Count == 0)
            return null;
        Message picked = InFlight[group.Random.Next(InFlight.Count)];
        return _due.ContainsKey(picked) ? InFlight.Find(message => !_due.ContainsKey(message)) : picked;
    }
}
