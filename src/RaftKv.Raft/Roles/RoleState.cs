using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>The state that exists only while a member plays one role, and what that role makes of its inputs.</summary>
internal abstract class RoleState(Protocol protocol)
{
    public abstract Role Kind { get; }

    /// <summary>Whether requests to vote are ignored because a leader is in contact (thesis 4.2.3).</summary>
    public virtual bool LeaderInContact => false;

    protected Protocol Protocol { get; } = protocol;

    /// <summary>Runs once the role is in place.</summary>
    public virtual void Enter()
    {
    }

    /// <summary>Runs before the next role takes over, in the term of this one.</summary>
    public virtual void Leave()
    {
    }

    /// <summary>The group rested, and something happened.</summary>
    public virtual void Woke()
    {
    }

    public virtual void LeaderKnown()
    {
    }

    public virtual void ConfigurationChanged()
    {
    }

    /// <summary>What members say that they speak has changed.</summary>
    public virtual void FormatsHeard()
    {
    }

    public abstract void Tick();

    /// <summary>Handles a message of the current term that fits no other place.</summary>
    public abstract ReceiveStatus Receive(Message message);

    /// <summary>A member was recognized as one that lost its disk.</summary>
    public virtual void FoundAmnesia(NodeId node, long incarnation)
    {
    }

    /// <summary>Something became durable.</summary>
    public virtual void Persisted()
    {
    }

    /// <summary>Sends what has gathered since the last time; runs before each Ready.</summary>
    public virtual void Pump()
    {
    }

    public virtual void LogRead(LogRange range, ReadOnlyMemory<Entry> entries)
    {
    }

    public virtual ProposeResult Propose(ReadOnlySpan<Proposal> proposals) => new(ProposeStatus.NoLeader, default, NodeId.None);

    public virtual ChangeResult Change(ReadOnlySpan<MemberChange> changes, ChangeMode mode) =>
        new(ChangeStatus.NotLeader, ChangeError.None, default, Protocol.Leader);

    public virtual ChangeResult LeaveJoint() => new(ChangeStatus.NotLeader, ChangeError.None, default, Protocol.Leader);

    public virtual ChangeResult RaiseFormat() => new(ChangeStatus.NotLeader, ChangeError.None, default, Protocol.Leader);

    public virtual TransferStatus Transfer(NodeId target) => TransferStatus.NoLeader;

    public virtual TransferCancelStatus CancelTransfer() => TransferCancelStatus.NotLeader;

    public virtual ReadStatus Read(long requestId) => ReadStatus.NoLeader;

    /// <summary>Starts a campaign if this member may lead.</summary>
    protected void Campaign()
    {
        if (!Protocol.MayLead)
            return;
        if (Protocol.Options.PreVote)
            Protocol.Become(Role.PreCandidate, Protocol.Term, NodeId.None);
        else
            Protocol.Become(Role.Candidate, Protocol.Term.Next, NodeId.None);
    }

    /// <summary>Answers forwarded proposals that this member cannot take. Those that it may have taken before have been answered.</summary>
    public ReceiveStatus RefuseProposals(ProposeRequest request)
    {
        List<ProposalResult> results = new(request.Proposals.Length);
        foreach (ref readonly Proposal proposal in request.Proposals.Span)
        {
            bool mayBeTaken = request.Term == Protocol.Term && Protocol.MayHaveTaken(request.From, request.Session, proposal.RequestId);
            if (!mayBeTaken)
                results.Add(new ProposalResult(proposal.RequestId, ProposeStatus.NotLeader, default, Protocol.Leader));
        }
        if (results.Count == 0)
            return ReceiveStatus.NotForThisRole;
        Protocol.Send(new ProposeResponse
        {
            Header = Protocol.HeaderTo(request.From),
            Session = request.Session,
            Results = results.ToArray(),
        });
        return ReceiveStatus.NotForThisRole;
    }
}
