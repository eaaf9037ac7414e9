using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Members ask for reads all the time, while messages lag and leaders hand over or crash.</summary>
internal sealed class LaggingTemper(DrawnGroup group, Faults faults, Governing governing) : ITemper
{
    public void Bend()
    {
        int dice = group.Random.Next(100);
        TestMember? leader = group.World.Leader();
        if (leader is null || dice < 40)
            group.Read(group.AnyMember());
        else if (dice < 75)
            group.Read(leader);
        else if (dice < 85 && group.Options.Transfers)
        {
            governing.HandOver(leader);
            group.Read(leader);
        }
        else if (dice < 88)
            faults.Part([leader.Id]);
        else if (dice < 93)
            faults.Part([]);
        else
            faults.CrashOrRestart(group.AnyMember());
    }
}
