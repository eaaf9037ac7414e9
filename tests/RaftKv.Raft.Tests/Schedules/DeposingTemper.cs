using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>Leaders lose their followers while they take commands, and come back when others have led (Raft figures 7 and 8).</summary>
internal sealed class DeposingTemper(DrawnGroup group, Faults faults) : ITemper
{
    private static readonly MessageKind[] ElectionKinds =
        [MessageKind.PreVoteRequest, MessageKind.PreVoteResponse, MessageKind.VoteRequest, MessageKind.VoteResponse];

    private TestMember? _deposed;

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
        else if (dice < 20 && group.Options.Crashes && !group.Options.LeaseReads)
            FigureEight(leader);
        else if (dice < 33)
            Depose(leader);
        else if (dice < 38)
            Return(leader);
        else if (dice < 45 && group.Options.Crashes)
            faults.CrashOrRestart(leader);
        else
        {
            TestMember[] leaders = [.. group.World.Members.Where(member => member.IsUp && member.Core.Role == Role.Leader)];
            group.Propose(leaders[group.Random.Next(leaders.Length)]);
        }
    }

    /// <summary>Its last commands reach one follower at most, and somebody else is elected, often whoever led before.</summary>
    private void Depose(TestMember leader)
    {
        group.Propose(leader);
        if (group.Random.Chance(0.5))
            Reach(leader, group.AnyMember());
        faults.Part([leader.Id]);
        group.Stalled = group.Random.Chance(0.5) ? group.AnyMember() : leader;
        if (_deposed is { IsUp: true } && _deposed != leader && group.Random.Chance(0.5))
            group.TimeOut([_deposed]);
        else
            group.TimeOut(group.World.Members.Where(member => member != leader));
        if (group.Random.Chance(0.5))
            Elect();
        _deposed = leader;
    }

    /// <summary>Two leaders each reach the same follower alone, and then the first of them, which crashed meanwhile, leads again.</summary>
    private void FigureEight(TestMember first)
    {
        TestMember reached = group.AnyMember();
        TestMember second = group.AnyMember();
        LoseTo(second, first, reached);
        group.Run($"crash {first.Id}");
        group.Run($"restart {first.Id}");
        if (group.World.Leader() == second)
            LoseTo(first, second, reached);
        // What was promised to it before it crashed.
        group.Run($"deliver to={first.Id} kind={MessageKind.AppendResponse}");
        _deposed = second;
    }

    private void LoseTo(TestMember next, TestMember leader, TestMember reached)
    {
        group.Propose(leader);
        Reach(leader, reached);
        faults.Part([leader.Id]);
        group.TimeOut(group.World.Members.Where(member => member != leader && member != next && member != reached));
        // It may have to catch up with the term first.
        for (int campaign = 0; campaign < 3 && next.IsUp && next.Core.Role != Role.Leader; campaign++)
        {
            group.Run($"timeout {next.Id}");
            Elect();
        }
    }

    private void Reach(TestMember leader, TestMember follower)
    {
        group.Run($"deliver from={leader.Id} to={follower.Id} kind={MessageKind.AppendRequest}");
        if (follower.PendingWrites > 0)
            group.Run($"persist {follower.Id} count={follower.PendingWrites}");
    }

    /// <summary>The one deposed last hears the new leader while its own disk is still busy with what the new one replaces.</summary>
    private void Return(TestMember leader)
    {
        if (_deposed is not { IsUp: true } returning || returning == leader)
            return;
        faults.Part([]);
        if (group.Options.Compactions && group.Random.Chance(0.5))
            group.Run($"compact {leader.Id}");
        for (int round = 0; round < 3; round++)
        {
            if (!group.Options.LeaseReads)
                group.Run($"tick {leader.Id}");
            group.Run($"deliver from={leader.Id} to={returning.Id}");
            group.Run($"deliver from={returning.Id} to={leader.Id}");
        }
        group.Run($"persist {returning.Id}");
        group.Stalled = null;
    }

    private void Elect()
    {
        foreach (MessageKind kind in ElectionKinds)
        {
            group.Run($"deliver kind={kind}");
            foreach (TestMember member in group.World.Members)
            {
                if (member.PendingWrites > 0 && member != group.Stalled)
                    group.Run($"persist {member.Id} count={member.PendingWrites}");
            }
        }
    }
}
