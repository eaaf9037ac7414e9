using RaftKv.Raft;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Samples.Cluster.Job;

/// <summary>What is done to which members in one round, as the seed decides.</summary>
internal sealed class LoopRound
{
    private LoopRound(string name, Member[] killed, Member[] paused, int before, int during) =>
        (Name, Killed, Paused, WritesBefore, WritesDuring) = (name, killed, paused, before, during);

    /// <summary>In a few words.</summary>
    public string Name { get; }

    /// <summary>Members that are ended by SIGKILL, after they were paused when they are among those too.</summary>
    public Member[] Killed { get; }

    /// <summary>Members that are stopped by SIGSTOP.</summary>
    public Member[] Paused { get; }

    /// <summary>Whether the rest is a majority.</summary>
    public bool MajorityStays(int members) => Killed.Union(Paused).Count() <= (members - 1) / 2;

    /// <summary>Acknowledged puts to wait for before it.</summary>
    public int WritesBefore { get; }

    /// <summary>Acknowledged puts to wait for before the members come back, if there is a majority.</summary>
    public int WritesDuring { get; }

    /// <summary>Draws a round.</summary>
    public static LoopRound Draw(SplittableRandom random, IReadOnlyList<Member> members)
    {
        Member first = members[random.Next(members.Count)];
        Member second = members[(first.Id + random.Next(members.Count - 1)) % members.Count];
        int before = 1 + random.Next(150);
        int during = 1 + random.Next(100);
        return random.Next(10) switch
        {
            < 4 => new LoopRound($"kill -9 node {first.Id}", [first], [], before, during),
            < 7 => new LoopRound($"SIGSTOP node {first.Id}, SIGCONT", [], [first], before, during),
            < 8 => new LoopRound($"SIGSTOP node {first.Id}, kill -9 it", [first], [first], before, during),
            < 9 => new LoopRound($"SIGSTOP node {first.Id}, kill -9 node {second.Id}", [second], [first], before, during),
            _ => new LoopRound("kill -9 all nodes", [.. members], [], before, during),
        };
    }
}
