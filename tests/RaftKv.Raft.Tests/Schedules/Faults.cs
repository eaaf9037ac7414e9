using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Members stop and start again, lose their disks, and lose sight of each other.</summary>
internal sealed class Faults(DrawnGroup group)
{
    public int WipeCount { get; private set; }

    public void CrashOrRestart(TestMember member)
    {
        if (group.Options.Wipes && member.IsUp && group.Random.Chance(0.7))
            TryWipe(member);
        if (!group.Options.Crashes)
            return;
        group.Run(member.IsUp ? $"crash {member.Id}" : $"restart {member.Id}");
    }

    public void CutOrMend()
    {
        if (!group.Options.Partitions)
            return;
        if (group.Random.Chance(0.3))
        {
            group.Run("mend");
            return;
        }
        NodeId victim = group.AnyNode();
        string others = string.Join(',', group.World.Members.Select(member => member.Id).Where(id => id != victim));
        if (others.Length == 0)
            return;
        if (group.Random.Chance(0.7))
            group.Run($"cut {victim} {others}");
        if (group.Random.Chance(0.7))
            group.Run($"cut {others} {victim}");
    }

    /// <summary>These are cut off from all others, and nobody else from anybody.</summary>
    public void Part(IEnumerable<NodeId> side)
    {
        if (group.World.Cut.Count > 0)
            group.Run("mend");
        string ids = string.Join(',', side);
        if (ids.Length > 0)
            group.Run($"cut {ids}");
    }

    /// <summary>One member no longer hears the leader that all others hear, until it campaigns against it.</summary>
    public void Deafen(TestMember leader)
    {
        TestMember deaf = group.AnyMember();
        if (deaf == leader || !deaf.IsUp)
            return;
        group.Run($"cut {leader.Id} {deaf.Id}");
        for (int tick = 0; tick < 20 && deaf.Core.Role == Role.Follower; tick++)
        {
            group.PassTime(1);
            group.Run($"deliver from={leader.Id} kind={MessageKind.Heartbeat}");
        }
        if (group.Random.Chance(0.5))
            group.Run("mend");
    }

    /// <summary>Whether a group can lose a disk: everybody knows under which identity the member was admitted.</summary>
    public static bool CanLoseDisk(RaftTraceWorld world, TestMember member)
    {
        Configuration known = member.Core.Status.Configuration;
        if (world.IncarnationOf(member.Id) == 0)
            return false;
        if (!known.IsMember(member.Id) || known.IsWitness(member.Id) || known.Voters.Length < 3 || known.IsJoint)
            return false;
        foreach (NodeId id in known.Members())
        {
            RaftCore core = world[id].Core;
            bool isSure = core.Commit >= core.Protocol.Configurations.Index;
            if (!isSure || core.Protocol.Configuration.IncarnationOf(member.Id) != world.IncarnationOf(member.Id))
                return false;
            if (known.IncarnationOf(id) != world.IncarnationOf(id))
                return false;
        }
        return true;
    }

    private void TryWipe(TestMember member)
    {
        if (!CanLoseDisk(group.World, member))
            return;
        group.Run($"crash {member.Id}");
        group.Run($"wipe {member.Id}");
        WipeCount++;
    }
}
