using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>Requests for votes, which every role answers alike (Raft 5.2, 5.4.1; thesis 4.2.3, 9.6).</summary>
internal static class Voting
{
    public static ReceiveStatus Receive(Protocol protocol, PreVoteRequest request)
    {
        bool isNewTerm = request.Term > protocol.Term;
        if (isNewTerm && IsBound(protocol, request) && !Mutation.Is(Mutant.PreVoteDespiteLeader))
            return ReceiveStatus.LeaderInContact;
        bool granted = IsUpToDate(protocol, request.Last) && isNewTerm && !protocol.IsStranger;
        protocol.Send(new PreVoteResponse
        {
            Header = protocol.HeaderTo(request.From, granted ? request.Term : protocol.Term),
            Granted = granted,
        });
        return ReceiveStatus.Accepted;
    }

    public static ReceiveStatus Receive(Protocol protocol, VoteRequest request)
    {
        if (request.Term < protocol.Term)
        {
            Answer(protocol, request, granted: false);
            return ReceiveStatus.Stale;
        }
        if (!request.Transfer && IsBound(protocol, request))
            return ReceiveStatus.LeaderInContact;
        if (request.Term > protocol.Term)
            protocol.Become(Role.Follower, request.Term, NodeId.None);
        bool free = protocol.VotedFor == request.From
            || (protocol.VotedFor == NodeId.None && protocol.Leader == NodeId.None)
            || Mutation.Is(Mutant.VoteTwice);
        bool granted = IsUpToDate(protocol, request.Last) && free && !protocol.IsStranger;
        if (granted)
        {
            protocol.VoteFor(request.From);
            (protocol.Role as FollowerRole)?.Heard();
        }
        Answer(protocol, request, granted);
        return ReceiveStatus.Accepted;
    }

    /// <summary>
    /// Whether a leader has this member's word that it votes for nobody else. Contact with a leader binds against later terms only; the
    /// promise behind leases binds in the member's own term too, for it may have restarted in a term that it had joined without a vote.
    /// A vote that was given may be given again. Test: trace lease_restart.
    /// </summary>
    private static bool IsBound(Protocol protocol, Message request)
    {
        bool isNewTerm = request.Term > protocol.Term;
        bool isSaidAgain = !isNewTerm && protocol.VotedFor == request.From;
        bool isPromised = protocol.WithholdsVotes && (isNewTerm || !Mutation.Is(Mutant.PromiseForgottenInOwnTerm));
        return !isSaidAgain && (isPromised || (isNewTerm && protocol.Role.LeaderInContact));
    }

    // Whether a candidate's log holds all that this one's does. To be asked by one whose log does not may be a call to campaign.
    private static bool IsUpToDate(Protocol protocol, LogPosition last)
    {
        if (last >= protocol.Log.Last || Mutation.Is(Mutant.VoteForStaleLog))
            return true;
        protocol.RefusedShorterLog();
        return false;
    }

    private static void Answer(Protocol protocol, VoteRequest request, bool granted) =>
        protocol.Promise(Mutant.VoteBeforeDurable, new VoteResponse
        {
            Header = protocol.HeaderTo(request.From),
            Granted = granted,
        });
}
