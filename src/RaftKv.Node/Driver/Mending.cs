using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>
/// What a member does before anything else because its log or its state cannot be trusted. It takes no part in the protocol meanwhile, as
/// if it were down, and only listens whether there is a leader.
/// </summary>
internal abstract class Mending(int electionTicks, NodeId leader)
{
    private readonly SortedDictionary<NodeId, long> _heardAt = [];

    /// <summary>Whether there is nothing left to be done.</summary>
    public bool IsOver { get; protected set; }

    /// <summary>Why it is hopeless, or needless; null while it is neither.</summary>
    public RaftKvException? Refusal { get; protected set; }

    /// <summary>What requests are told meanwhile.</summary>
    public abstract RaftKvException Meanwhile { get; }

    /// <summary>Ticks since it was begun.</summary>
    protected long Now { get; private set; }

    /// <summary>Whose word as a leader was heard within an election timeout, since when, and when last; nobody by default.</summary>
    protected (NodeId Node, Term Term, long Since, long HeardAt) Leader { get; private set; } = (leader, default, 0, 0);

    public void Tick()
    {
        Now++;
        if (Now - Leader.HeardAt > electionTicks)
            Leader = default;
        Work();
    }

    /// <summary>A message of the protocol came: the word of a leader tells that there is one.</summary>
    public void Receive(Message message)
    {
        _heardAt[message.From] = Now;
        if (message is not (AppendRequest or Heartbeat or SnapshotOffer) || message.Term < Leader.Term)
            return;
        bool isNew = message.From != Leader.Node || message.Term != Leader.Term;
        Leader = (message.From, message.Term, isNew ? Now : Leader.Since, Now);
    }

    /// <summary>Another member's word about damaged logs.</summary>
    public abstract void Heard(NodeId from, RepairNotice notice);

    /// <summary>Another node's word about who belongs to the group: this member may have been removed, and then nobody will help it.</summary>
    public abstract void Heard(NodeId from, MemberNotice notice);

    /// <summary>What log, machine or transport answered.</summary>
    /// <returns>Whether the input was for it.</returns>
    public abstract bool Handle(NodeInput input);

    /// <summary>The node stops.</summary>
    public virtual void Stop()
    {
    }

    /// <summary>Whether a member was heard of late, so that it can be hoped to answer. Who stands for election repeats that.</summary>
    protected bool IsHeard(NodeId node) => _heardAt.TryGetValue(node, out long at) && Now - at <= 2 * electionTicks;

    /// <summary>Goes on as far as it can by now.</summary>
    protected abstract void Work();
}
