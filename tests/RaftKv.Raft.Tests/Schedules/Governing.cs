using RaftKv.Raft.Membership;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Membership and leadership change at random, by every way there is.</summary>
internal sealed class Governing(DrawnGroup group)
{
    private const string ChangeKinds = "vlrj";

    public void Govern(TestMember member)
    {
        if (group.Options.Transfers && group.Random.Chance(0.3))
            HandOver(member);
        if (group.Options.Transfers && group.Random.Chance(0.1))
            group.Run($"cancel {member.Id}");
        if (!group.Options.Changes || !member.IsUp)
            return;
        string[] changes = new string[1 + group.Random.Next(3)];
        for (int i = 0; i < changes.Length; i++)
            changes[i] = $"{ChangeKinds[group.Random.Next(ChangeKinds.Length)]}{group.AnyNode()}";
        if (group.Random.Chance(0.3))
            group.Run($"leave {member.Id}");
        Change(member, changes);
    }

    public void HandOver(TestMember member) => group.Run($"transfer {member.Id} {group.AnyNode()}");

    /// <summary>As many voters as can be make room for members that are none, all at once.</summary>
    public void Replace(TestMember leader)
    {
        Configuration configuration = leader.Core.Protocol.Configuration;
        NodeId[] newcomers = [.. group.World.Members.Select(member => member.Id).Where(id => !configuration.IsVoter(id))];
        NodeId[] leaving = [.. configuration.Members().Where(id => configuration.IsVoter(id) && id != leader.Id).Take(newcomers.Length)];
        if (newcomers.Length > 0 && leaving.Length > 0)
            Change(leader, [.. newcomers.Select(id => $"v{id}"), .. leaving.Select(id => $"r{id}")]);
    }

    private void Change(TestMember member, string[] changes)
    {
        ChangeMode mode = (ChangeMode)group.Random.Next(3);
        group.Run($"change {member.Id} {string.Join(' ', changes)}{(mode == ChangeMode.Automatic ? "" : $" mode={mode}")}");
    }
}
