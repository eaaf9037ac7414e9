using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>While a change is under way, only the new or only the old voters reach each other.</summary>
internal sealed class SplittingTemper(DrawnGroup group, Faults faults, Governing governing) : ITemper
{
    public void Bend()
    {
        TestMember? leader = group.World.Leader();
        int dice = group.Random.Next(100);
        if (leader is null || dice < 15)
            faults.Part([]);
        else if (dice < 20)
            ChangeWhileSomebodyCampaigns(leader);
        else if (!leader.Core.Protocol.Configuration.IsJoint)
            Change(leader);
        else if (dice < 30)
            faults.CrashOrRestart(leader);
        else
            CutOff(leader, leader.Core.Protocol.Configuration);
    }

    private void ChangeWhileSomebodyCampaigns(TestMember leader)
    {
        faults.Deafen(leader);
        governing.Govern(leader);
        foreach (MessageKind kind in new[] { MessageKind.AppendRequest, MessageKind.PreVoteRequest, MessageKind.VoteRequest })
            group.Run($"deliver kind={kind}");
    }

    private void Change(TestMember leader)
    {
        if (group.Random.Chance(0.5))
            governing.Replace(leader);
        else
            governing.Govern(leader);
        // Before the change has reached everybody.
        if (group.Random.Chance(0.5) && leader.Core.Protocol.Configuration is { IsJoint: true } joint)
            CutOff(leader, joint);
    }

    /// <summary>A majority of one set of voters is left to itself, with as few of the other set as can be, the leader among them or not.</summary>
    private void CutOff(TestMember leader, Configuration joint)
    {
        bool isNew = group.Random.Chance(0.7);
        bool keepsLeader = group.Random.Chance(0.5);
        NodeId[] voters = isNew ? [.. joint.Voters] : [.. joint.VotersOutgoing];
        NodeId[] others = isNew ? [.. joint.VotersOutgoing] : [.. joint.Voters];
        NodeId[] kept =
        [
            .. voters.OrderBy(id => id == leader.Id ? (keepsLeader ? -1 : 2) : others.Contains(id) ? 1 : 0).Take(voters.Length / 2 + 1),
        ];
        faults.Part(kept);
        if (!keepsLeader && group.Random.Chance(0.5))
            group.TimeOut(group.World.Members.Where(member => kept.Contains(member.Id)));
    }
}
