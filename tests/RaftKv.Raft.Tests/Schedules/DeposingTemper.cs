using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Leaders lose their followers while they take commands, and come back when others have led.</summary>
internal sealed class DeposingTemper(DrawnGroup group, Faults faults) : ITemper
{
    public void Bend()
    {
        int dice = group.Random.Next(100);
        TestMember? leader = group.World.Leader();
        if (dice < 15 || leader is null)
        {
            faults.Part([]);
            // A disk may still be busy with entries that a new leader replaces.
            group.Stalled = group.Random.Chance(0.5) ? null : group.Stalled;
        }
        else if (dice < 35)
        {
            faults.Part([leader.Id]);
            group.Stalled = group.Random.Chance(0.5) ? group.AnyMember() : leader;
            group.Propose(leader);
            group.TimeOut(group.World.Members.Where(member => member != leader));
        }
        else if (dice < 50 && group.Options.Crashes)
            faults.CrashOrRestart(leader);
        else
        {
            TestMember[] leaders = [.. group.World.Members.Where(member => member.IsUp && member.Core.Role == Role.Leader)];
            group.Propose(leaders[group.Random.Next(leaders.Length)]);
        }
    }
}
