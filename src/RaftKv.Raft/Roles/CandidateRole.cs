using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Asks for votes (Raft 5.2). Its own vote counts once it is durable.</summary>
internal sealed class CandidateRole(Protocol protocol, bool transfer) : CampaignRole(protocol)
{
    public override Role Kind => Role.Candidate;

    public override void Enter()
    {
        Protocol.VoteFor(Protocol.Self);
        foreach (NodeId member in Protocol.Configuration.Members())
        {
            if (member == Protocol.Self || !Protocol.Configuration.IsVoter(member))
                continue;
            // The request states what the log holds, so it waits for the log too: a vote given to a longer log than the one
            // that comes back from a crash would elect a leader that lacks committed entries.
            Protocol.Promise(Mutant.CampaignBeforeDurable, new VoteRequest
            {
                Header = Protocol.HeaderTo(member),
                Last = Protocol.Log.Last,
                Transfer = transfer,
            });
        }
    }

    public override void Persisted()
    {
        if (Protocol.IsVoteDurable)
            Count(Protocol.Self, granted: true);
    }

    public override ReceiveStatus Receive(Message message)
    {
        if (message.Kind != MessageKind.VoteResponse)
            return base.Receive(message);
        Count(message.From, ((VoteResponse)message).Granted);
        return ReceiveStatus.Accepted;
    }

    protected override void Won() => Protocol.Become(Role.Leader, Protocol.Term, Protocol.Self);
}
