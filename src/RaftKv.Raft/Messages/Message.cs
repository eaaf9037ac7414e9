using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Raft.Messages;

/// <summary>
/// One message between members. A closed family; instances are immutable and may be shared, until their <see cref="Ready"/> is
/// handed back.
/// </summary>
public abstract class Message
{
    private MessageHeader _header;
    private bool _isHandedBack;

    private protected Message(MessageKind kind) => Kind = kind;

    /// <summary>A message of this member that is used again and again: to whom, in which term and what it says follows each time.</summary>
    [SetsRequiredMembers]
    private protected Message(MessageKind kind, RaftOptions sender)
        : this(kind) => _header = new MessageHeader(sender.Group, sender.Self, NodeId.None, default, sender.Incarnation);

    /// <summary>Which member of the family this is.</summary>
    public MessageKind Kind { get; }

    /// <summary>From whom to whom it goes, in which group and term.</summary>
    public required MessageHeader Header { get => _header; init => _header = value; }

    /// <summary>The group it belongs to.</summary>
    public GroupId Group => _header.Group;

    /// <summary>The sender.</summary>
    public NodeId From => _header.From;

    /// <summary>The addressee.</summary>
    public NodeId To => _header.To;

    /// <summary>The sender's term, or the term that a campaign would enter (<see cref="MessageHeader.Term"/>).</summary>
    public Term Term => _header.Term;

    /// <summary>The sender's disk identity; 0 when it states none.</summary>
    public long Incarnation => _header.Incarnation;

    internal void ThrowIfHandedBack()
    {
        if (_isHandedBack)
            throw new InvalidOperationException($"This {Kind} was used after its {nameof(Ready)} had been handed back.");
    }

    /// <summary>Used again, for another addressee.</summary>
    internal void Readdress(NodeId to, Term term) => (_header, _isHandedBack) = (_header with { To = to, Term = term }, false);

    /// <summary>The caller uses it no more.</summary>
    internal void HandBack()
    {
        _isHandedBack = true;
        // Nobody takes such a message for one that was sent, whoever may still hold it.
        _header = _header with { To = NodeId.None, Term = new Term(-1) };
    }
}
