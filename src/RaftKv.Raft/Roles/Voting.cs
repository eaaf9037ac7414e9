using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Requests for votes, which every role answers alike (Raft 5.2, 5.4.1; thesis 4.2.3, 9.6).</summary>
internal static class Voting
{
    public static ReceiveStatus Receive(Protocol protocol, PreVoteRequest request)
    {
        bool isBound = protocol.Role.LeaderInContact || protocol.WithholdsVotes;
        if (request.Term > protocol.Term && isBound && !Mutation.Is(Mutant.PreVoteDespiteLeader))
            return ReceiveStatus.LeaderInContact;
        bool granted = request.Term > protocol.Term && IsUpToDate(protocol, request.Last);
        protocol.Send(new PreVoteResponse
        {
            Group = request.Group,
            From = protocol.Self,
            Incarnation = protocol.Options.Incarnation,
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
            if (!request.Transfer && (protocol.Role.LeaderInContact || protocol.WithholdsVotes))
                return ReceiveStatus.LeaderInContact;
            protocol.Become(Role.Follower, request.Term, NodeId.None);
        }
        if (request.Term < protocol.Term)
        {
            Answer(protocol, request, granted: false);
            return ReceiveStatus.Stale;
        }
        // A member may have restarted in a term it had joined without a vote: what it promised before still holds it back.
        bool promised = !request.Transfer && protocol.WithholdsVotes && !Mutation.Is(Mutant.PromiseForgottenInOwnTerm);
        bool free = protocol.VotedFor == request.From
            || (protocol.VotedFor == NodeId.None && protocol.Leader == NodeId.None && !promised)
            || Mutation.Is(Mutant.VoteTwice);
        bool granted = free && IsUpToDate(protocol, request.Last);
        if (granted)
        {
            protocol.VoteFor(request.From);
            (protocol.Role as FollowerRole)?.Heard();
        }
        Answer(protocol, request, granted);
        return ReceiveStatus.Accepted;
    }

    private static bool IsUpToDate(Protocol protocol, LogPosition last) =>
        last >= protocol.Log.Last || Mutation.Is(Mutant.VoteForStaleLog);

    private static void Answer(Protocol protocol, VoteRequest request, bool granted) =>
        protocol.Promise(Mutant.VoteBeforeDurable, new VoteResponse
        {
            Group = request.Group,
            From = protocol.Self,
            Incarnation = protocol.Options.Incarnation,
            To = request.From,
            Term = protocol.Term,
            Granted = granted,
        });
}
