using System.Runtime.InteropServices;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Collects votes or pre-votes.</summary>
internal abstract class CampaignRole(Protocol protocol) : RoleState(protocol)
{
    private readonly List<Ballot> _ballots = [];
    private int _ticks;

    public override void Tick()
    {
        if (++_ticks < Protocol.ElectionTimeout)
            return;
        if (Protocol.MayLead)
            Campaign();
        else
            Protocol.Become(Role.Follower, Protocol.Term, NodeId.None);
    }

    public override ReceiveStatus Receive(Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.AppendRequest or MessageKind.Heartbeat or MessageKind.SnapshotOffer:
                Protocol.Become(Role.Follower, Protocol.Term, message.From);
                return Protocol.Role.Receive(message);
            case MessageKind.ProposeRequest:
                return RefuseProposals((ProposeRequest)message);
            default:
                return ReceiveStatus.NotForThisRole;
        }
    }

    protected void Count(NodeId voter, bool granted)
    {
        foreach (Ballot ballot in _ballots)
        {
            if (ballot.Node == voter)
                return;
        }
        _ballots.Add(new Ballot(voter, granted));
        Decide();
    }

    protected abstract void Won();

    private void Decide()
    {
        Invariant.Check(Protocol.Role == this);
        ReadOnlySpan<Ballot> ballots = CollectionsMarshal.AsSpan(_ballots);
        VoteResult result = Mutation.Is(Mutant.ElectByNewVotersOnly)
            ? JointQuorum.VoteResult(Protocol.Configuration.Voters, ballots)
            : JointQuorum.VoteResult(Protocol.Configuration, ballots);
        if (result == VoteResult.Won)
            Won();
        else if (result == VoteResult.Lost)
            Protocol.Become(Role.Follower, Protocol.Term, NodeId.None);
    }
}
