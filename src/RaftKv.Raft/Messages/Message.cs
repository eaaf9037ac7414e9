using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Raft.Messages;

/// <summary>
/// One message between members. A closed family; instances are immutable and may be shared, until their <see cref="Ready"/> is
/// handed back.
/// </summary>
public abstract class Message
{
    private NodeId _to;
    private Term _term;
    private bool _isHandedBack;

    private protected Message(MessageKind kind) => Kind = kind;

    /// <summary>A message of this member that is used again and again: to whom, in which term and what it says follows each time.</summary>
    [SetsRequiredMembers]
    private protected Message(MessageKind kind, RaftOptions sender)
        : this(kind) => (Group, From, Incarnation) = (sender.Group, sender.Self, sender.Incarnation);

    /// <summary>Which member of the family this is.</summary>
    public MessageKind Kind { get; }

    /// <summary>The group it belongs to.</summary>
    public GroupId Group { get; init; }

    /// <summary>The sender.</summary>
    public required NodeId From { get; init; }

    /// <summary>The addressee.</summary>
    public required NodeId To { get => _to; init => _to = value; }

    /// <summary>The sender's term; in a pre-vote request and a granted pre-vote, the term that the campaign would enter.</summary>
    public required Term Term { get => _term; init => _term = value; }

    /// <summary>The sender's disk identity: it changes when a member lost its disk. 0 when the sender does not state one.</summary>
    public long Incarnation { get; init; }

    internal void ThrowIfHandedBack()
    {
        if (_isHandedBack)
            throw new InvalidOperationException($"This {Kind} was used after its {nameof(Ready)} had been handed back.");
    }

    /// <summary>Used again, for another addressee.</summary>
    internal void Readdress(NodeId to, Term term) => (_to, _term, _isHandedBack) = (to, term, false);

    /// <summary>The caller uses it no more.</summary>
    internal void HandBack()
    {
        _isHandedBack = true;
        // Nobody takes such a message for one that was sent, whoever may still hold it.
        (_to, _term) = (NodeId.None, new Term(-1));
    }
}
