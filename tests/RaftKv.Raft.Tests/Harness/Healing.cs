using RaftKv.Raft.Membership;
using RaftKv.Raft.Tests.Schedules;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>All faults end: a leader must come and a new command must reach every member within a bounded time.</summary>
internal sealed class Healing(RaftTraceWorld world)
{
    private const int TicksMax = 300;
    private const int DeliveriesMax = 100_000;

    private int _proposals;

    public void Run()
    {
        world.Cut.Clear();
        world.SlowDisks.Clear();
        world.SlowMachines = false;
        foreach (TestMember member in world.Members.Where(member => !member.IsUp))
            world.Restart(member);
        LogPosition goal = default;
        for (int tick = 0; tick < TicksMax; tick++)
        {
            foreach (TestMember member in world.Members)
                world.Tick(member);
            ComeToRest();
            if (world.Leader() is not { } leader)
                continue;
            if (goal == default || !leader.Core.Protocol.Log.Contains(goal))
                goal = Propose(leader);
            if (goal != default && HasReached(leader.Core.Protocol.Configuration, goal))
                return;
        }
        IEnumerable<string> states = world.Members.Select(member => member.Core.Status)
            .Select(status => $"\n{TracePrinter.Status(status)} {status.Configuration}");
        throw new ClaimViolatedException($"progress after healing within {TicksMax} ticks", string.Concat(states));
    }

    private LogPosition Propose(TestMember leader)
    {
        ProposeResult result = world.Propose(leader, [$"healed{++_proposals}"]);
        world.Work();
        ComeToRest();
        return result.Status == ProposeStatus.Appended ? result.Position : default;
    }

    private bool HasReached(Configuration configuration, LogPosition goal) =>
        Array.TrueForAll(configuration.Members(), id => world[id].Core.Status.Applied >= goal.Index);

    private void ComeToRest()
    {
        world.Work();
        int deliveries = 0;
        bool moved = true;
        while (moved)
        {
            moved = false;
            while (world.InFlight.Count > 0 && deliveries++ < DeliveriesMax)
                world.Deliver(world.InFlight[0]);
            foreach (TestMember member in world.Members.Where(member => member.HasSnapshotOrder))
            {
                moved = deliveries < DeliveriesMax;
                world.Fetch(member);
                world.Work();
            }
        }
        if (deliveries >= DeliveriesMax)
            throw new ClaimViolatedException("a group without faults comes to rest");
    }
}
