using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Workers;

/// <summary>Hands changes of membership that others ask for to the group they are for.</summary>
internal sealed class HostMembership(HostParts host) : IMembershipDesk
{
    public async Task<MembershipAnswer> ChangeAsync(MembershipRequest request)
    {
        if (host.Find(request.Group) is not { } group)
            return new MembershipAnswer(MembershipVerdict.NotLeader, NodeId.None, "", $"group {request.Group} is not carried here");
        try
        {
            await group.ChangeAsync(request.Change).ConfigureAwait(false);
            return Answer(group, MembershipVerdict.Done, group.Board.Status.Raft.Leader, "");
        }
        catch (RaftKvException e)
        {
            MembershipVerdict verdict = e.Error switch
            {
                _ when e.Outcome == WriteOutcome.Unknown => MembershipVerdict.Unknown,
                RaftKvError.NotLeader => MembershipVerdict.NotLeader,
                RaftKvError.MembershipRefused => MembershipVerdict.Refused,
                _ => MembershipVerdict.NotDone,
            };
            return Answer(group, verdict, e.LeaderHint ?? NodeId.None, e.Message);
        }
    }

    private static MembershipAnswer Answer(GroupParts group, MembershipVerdict verdict, NodeId leader, string reason)
    {
        Configuration configuration = group.Board.Status.Raft.Configuration;
        return new MembershipAnswer(verdict, leader, configuration.AddressOf(leader) ?? "", reason);
    }
}
