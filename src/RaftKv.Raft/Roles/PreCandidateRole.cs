using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Asks whether an election could be won, without raising its term (thesis 9.6).</summary>
internal sealed class PreCandidateRole(Protocol protocol) : CampaignRole(protocol)
{
    public override Role Kind => Role.PreCandidate;

    public override void Enter()
    {
        foreach (NodeId member in Protocol.Configuration.Members())
        {
            if (member == Protocol.Self || !Protocol.Configuration.IsVoter(member))
                continue;
            Protocol.Send(new PreVoteRequest
            {
                Header = Protocol.HeaderTo(member, Protocol.Term.Next),
                Last = Protocol.Log.Last,
            });
        }
        Count(Protocol.Self, granted: true);
    }

    public ReceiveStatus Receive(PreVoteResponse response)
    {
        if (response.Granted && response.Term != Protocol.Term.Next)
            return ReceiveStatus.Stale;
        Count(response.From, response.Granted);
        return ReceiveStatus.Accepted;
    }

    protected override void Won() => Protocol.Become(Role.Candidate, Protocol.Term.Next, NodeId.None);
}
