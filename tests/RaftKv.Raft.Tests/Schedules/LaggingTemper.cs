using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

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
        else if (dice < 87)
            Starve(leader);
        else if (dice < 90)
            faults.Deafen(leader);
        else if (dice < 94)
            RestartOneWhoIsAsked();
        else if (dice < 97)
            faults.Part([]);
        else
            faults.CrashOrRestart(group.AnyMember());
    }

    /// <summary>A leader hears late that it leads still, and then answers reads for as long as it thinks it may.</summary>
    private void Starve(TestMember leader)
    {
        group.PassTime(1 + group.Random.Next(4));
        group.Run($"deliver from={leader.Id} kind={MessageKind.Heartbeat}");
        faults.Part([leader.Id]);
        group.PassTime(1 + group.Random.Next(4));
        group.Run($"deliver to={leader.Id} kind={MessageKind.HeartbeatResponse}");
        group.PassTime(1 + group.Random.Next(9));
        group.Read(leader);
    }

    private bool IsNews(Message message) =>
        message is VoteRequest { Transfer: false } request
        && group.World[request.To].Core is { } core
        && core.Term == request.Term
        && core.Protocol.VotedFor == NodeId.None;

    /// <summary>A member forgets what it never wrote down, and then somebody asks for its vote.</summary>
    private void RestartOneWhoIsAsked()
    {
        Message? asks = group.World.InFlight.Find(IsNews) ?? group.World.InFlight.Find(message => message is VoteRequest);
        if (asks is not { } request || !group.Options.Crashes)
            return;
        if (group.World[request.To].IsUp)
            group.Run($"crash {request.To}");
        group.Run($"restart {request.To}");
        group.Run($"deliver {MessageChoice.Words(group.World, request)}");
    }
}
