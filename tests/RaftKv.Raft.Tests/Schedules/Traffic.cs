using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>What becomes of messages: they arrive, late or twice or never or damaged.</summary>
internal sealed class Traffic(DrawnGroup group)
{
    private const double Late = 0.2;
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
            else if (group.Options.Temper == Temper.Lagging && group.Random.Chance(Late))
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

    private bool IsOverdue(Message message) => _due.TryGetValue(message, out int due) && due <= group.Commands.Count;

    private void Deliver(Message message)
    {
        string words = MessageChoice.Words(group.World, message);
        if (group.Options.Damage && group.Random.Chance(Damaged))
            group.Run($"garble {words} way={group.Random.Next(1000)}");
        group.Run(group.Random.Chance(group.Options.Repeat) ? $"deliver {words} keep=on" : $"deliver {words}");
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
