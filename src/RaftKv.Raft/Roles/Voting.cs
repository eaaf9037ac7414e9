using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Requests for votes, which every role answers alike (Raft 5.2, 5.4.1; thesis 4.2.3, 9.6).</summary>
internal static class Voting
{
    public static ReceiveStatus Receive(Protocol protocol, PreVoteRequest request)
    {
        if (request.Term > protocol.Term && protocol.Role.LeaderInContact)
            return ReceiveStatus.LeaderInContact;
        bool granted = request.Term > protocol.Term && request.Last >= protocol.Log.Last;
        protocol.Send(new PreVoteResponse
        {
            Group = request.Group,
            From = protocol.Self,
            To = request.From,
            Term = granted ? request.Term : protocol.Term,
            Granted = granted,
        });
        return ReceiveStatus.Accepted;
    }

    public static ReceiveStatus Receive(Protocol protocol, VoteRequest request)
    {
        if (request.Term > protocol.Term)
        {
            if (!request.Transfer && protocol.Role.LeaderInContact)
                return ReceiveStatus.LeaderInContact;
            protocol.Become(Role.Follower, request.Term, NodeId.None);
        }
        if (request.Term < protocol.Term)
        {
            Answer(protocol, request, granted: false);
            return ReceiveStatus.Stale;
        }
        bool free = protocol.VotedFor == request.From || (protocol.VotedFor == NodeId.None && protocol.Leader == NodeId.None);
        bool granted = free && request.Last >= protocol.Log.Last;
        if (granted)
        {
            protocol.VoteFor(request.From);
            (protocol.Role as FollowerRole)?.Heard();
        }
        Answer(protocol, request, granted);
        return ReceiveStatus.Accepted;
    }

    private static void Answer(Protocol protocol, VoteRequest request, bool granted) =>
        protocol.Outbox.SendAfterPersist(new VoteResponse
        {
            Group = request.Group,
            From = protocol.Self,
            To = request.From,
            Term = protocol.Term,
            Granted = granted,
        });
}
