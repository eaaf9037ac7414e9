using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>All work is done and nobody wants anything for a while, so that the group comes to rest; then somebody does.</summary>
internal sealed class Lull(DrawnGroup group)
{
    private const int RoundsMax = 3;

    public void Run()
    {
        for (int tick = 6 + group.Random.Next(20); tick > 0; tick--)
        {
            Finish();
            group.Run("tick");
        }
        int dice = group.Random.Next(100);
        if (group.World.Leader() is { } leader && dice < 50)
            group.Read(leader);
        else if (dice < 70)
            group.Read(group.AnyMember());
        else
            group.Propose(group.AnyMember());
    }

    private void Finish()
    {
        for (int round = 0; round < RoundsMax; round++)
        {
            group.Run("settle");
            foreach (TestMember member in group.World.Members)
            {
                if (member.PendingWrites > 0 && member != group.Stalled)
                    group.Run($"persist {member.Id} count={member.PendingWrites}");
                if (member.PendingLogReads > 0)
                    group.Run($"logread {member.Id}");
                if (member.PendingApplies > 0)
                    group.Run($"apply {member.Id}");
            }
        }
    }
}
