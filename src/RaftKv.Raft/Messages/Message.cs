namespace RaftKv.Raft.Messages;

/// <summary>One message between members. A closed family; instances are immutable and may be shared.</summary>
public abstract class Message
{
    private protected Message(MessageKind kind) => Kind = kind;

    /// <summary>Which member of the family this is.</summary>
    public MessageKind Kind { get; }

    /// <summary>The group it belongs to.</summary>
    public GroupId Group { get; init; }

    /// <summary>The sender.</summary>
    public required NodeId From { get; init; }

    /// <summary>The addressee.</summary>
    public required NodeId To { get; init; }

    /// <summary>The sender's term; in a pre-vote request and a granted pre-vote, the term that the campaign would enter.</summary>
    public required Term Term { get; init; }

    /// <summary>The sender's disk identity: it changes when a member lost its disk. 0 when the sender does not state one.</summary>
    public long Incarnation { get; init; }
}
