using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Judges every message before a role sees it: address, form, term (Raft 5.1).</summary>
internal sealed class Dispatcher(Protocol protocol)
{
    /// <summary>Messages that were neither accepted nor merely late.</summary>
    public long Refused { get; private set; }

    public ReceiveStatus Receive(Message message)
    {
        ReceiveStatus status = Judge(message);
        if (status == ReceiveStatus.Accepted)
            status = Dispatch(message);
        if (status is not (ReceiveStatus.Accepted or ReceiveStatus.Stale or ReceiveStatus.LeaderInContact or ReceiveStatus.NotForThisRole
            or ReceiveStatus.Amnesiac or ReceiveStatus.NoRoom))
        {
            Refused++;
            protocol.Outbox.Add(new MessageRefused { Term = protocol.Term, Status = status, From = message.From, Kind = message.Kind });
        }
        return status;
    }

    private ReceiveStatus Judge(Message message)
    {
        if (message.Group != protocol.Options.Group)
            return ReceiveStatus.WrongGroup;
        if (message.To != protocol.Self || message.From == protocol.Self || message.From == NodeId.None)
            return ReceiveStatus.WrongAddress;
        if (!MessageRules.IsWellFormed(message))
            return ReceiveStatus.Malformed;
        return message.Term.Value - protocol.Term.Value > protocol.Options.TermLeapMax ? ReceiveStatus.TermTooFar : ReceiveStatus.Accepted;
    }

    private ReceiveStatus Dispatch(Message message)
    {
        if (Disturbs(message))
            protocol.Rest.Disturb();
        if (CountsForSender(message.Kind) && !protocol.Configuration.Admits(message.From, message.Incarnation))
        {
            protocol.Role.FoundAmnesia(message.From, message.Incarnation);
            return ReceiveStatus.Amnesiac;
        }
        switch (message.Kind)
        {
            case MessageKind.PreVoteRequest:
                return Voting.Receive(protocol, (PreVoteRequest)message);
            case MessageKind.VoteRequest:
                return Voting.Receive(protocol, (VoteRequest)message);
            case MessageKind.PreVoteResponse:
                return Receive((PreVoteResponse)message);
            default:
                break;
        }
        if (message.Term < protocol.Term)
            return AnswerStale(message);
        if (message.Term > protocol.Term)
        {
            bool fromLeader = message.Kind is MessageKind.AppendRequest or MessageKind.Heartbeat or MessageKind.SnapshotOffer;
            protocol.Become(Role.Follower, message.Term, fromLeader ? message.From : NodeId.None);
        }
        return protocol.Role.Receive(message);
    }

    // Heartbeats and their answers go on while nothing happens. A member that rests is woken by heartbeats too, but not by echoes of
    // rounds from before, which may still be on the way.
    private bool Disturbs(Message message) => message switch
    {
        Heartbeat => protocol.Rest.IsResting,
        HeartbeatResponse response => protocol.Rest.IsResting && response.Round == 0,
        _ => true,
    };

    // A member that lost its disk may have promised anything: it neither votes nor is voted for nor acknowledges. Word from a leader
    // is taken nevertheless, because the group has elected it and may have admitted it again in entries yet to arrive here.
    private static bool CountsForSender(MessageKind kind) => kind
        is MessageKind.PreVoteRequest or MessageKind.VoteRequest or MessageKind.PreVoteResponse or MessageKind.VoteResponse
        or MessageKind.AppendResponse or MessageKind.AppendRejection or MessageKind.HeartbeatResponse or MessageKind.SnapshotReport;

    private ReceiveStatus Receive(PreVoteResponse response)
    {
        if (!response.Granted && response.Term > protocol.Term)
        {
            protocol.Become(Role.Follower, response.Term, NodeId.None);
            return ReceiveStatus.Accepted;
        }
        return protocol.Role is PreCandidateRole preCandidate ? preCandidate.Receive(response) : ReceiveStatus.Stale;
    }

    /// <summary>
    /// A former leader that was cut off learns of the new term from the answer; without it, it would go on for ever where nobody
    /// campaigns against it.
    /// </summary>
    private ReceiveStatus AnswerStale(Message message)
    {
        if (message.Kind is MessageKind.AppendRequest or MessageKind.Heartbeat or MessageKind.SnapshotOffer)
            protocol.Send(protocol.Messages.Echo(message.From, protocol.Term, round: 0));
        else if (message is ProposeRequest request)
            protocol.Role.RefuseProposals(request);
        return ReceiveStatus.Stale;
    }
}
