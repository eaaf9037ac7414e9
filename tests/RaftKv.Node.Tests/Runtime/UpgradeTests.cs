using RaftKv.Node.Tests.Support;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Source: docs/architecture.md, upgrades: members with real sockets, restarted with other builds.</summary>
public sealed class UpgradeTests
{
    // What this build's library writes, with a machine that speaks its first and its second format.
    private static readonly LogFormat First = new(2, 1);
    private static readonly LogFormat Second = new(2, 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rolling_upgrade_activates_the_new_format_with_the_last_member()
    {
        await using TestCluster cluster = new(3);
        await cluster.StartAllAsync();
        await Until.True(() => cluster.Nodes.All(node => node.Status.ActiveFormat == First), "the library's format is active");
        cluster.FormatMax = 2;
        foreach (long id in (long[])[1, 2, 3])
        {
            await cluster[1 + id % 3].ProposeAsync(new byte[1], Token);
            await Until.True(() => cluster.Nodes.All(node => node.Status.ActiveFormat == First), "the former format is still active");
            await RestartAsync(cluster, id);
        }
        await Until.True(() => cluster.Nodes.All(node => node.Status.ActiveFormat == Second), "the format is active on all members");
        Assert.Equal(3, cluster.Log.Lines(12).Count(line => line.Contains("log format 2.2 is active as of entry", StringComparison.Ordinal)));
        await cluster[2].ProposeAsync(new byte[1], Token);

        cluster.FormatMax = 1;
        await cluster.StopAsync(3);
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => cluster.StartAsync(3));
        Assert.Equal(RaftKvError.FormatNotSpoken, refused.Error);
        Assert.Contains("writes log format 2.2, but this build of member 3 speaks 1.1 to 2.1.", refused.Message, StringComparison.Ordinal);
        cluster.FormatMax = 2;
        await cluster.StartAsync(3);
        await cluster[3].ReadBarrierAsync(Token);
        Assert.Equal(4, cluster.Machine(3).Commands.Length);
    }

    [Fact]
    public async Task A_format_that_is_held_back_is_activated_through_any_member()
    {
        await using TestCluster cluster = new(2)
        {
            FormatMax = 2,
            ActivatesFormats = false,
            TickInterval = TestCluster.PatientTick,
        };
        await cluster.StartAllAsync();
        RaftNode leader = await cluster.UntilLeaderAsync();
        RaftNode follower = cluster.Nodes.First(node => node != leader);
        await Until.True(
            () => leader.Members.List().All(member => member.Formats?.Max == Second), "the leader knows what its peer speaks");
        Assert.Equal(LogFormat.First, leader.Status.ActiveFormat);
        await follower.Members.ActivateFormatAsync(Token);
        await Until.True(() => cluster.Nodes.All(node => node.Status.ActiveFormat == Second), "the format is active on both members");
        await leader.Members.ActivateFormatAsync(Token);
    }

    [Fact]
    public async Task A_sole_member_activates_what_its_build_speaks_at_once()
    {
        await using TestCluster cluster = new(1);
        await cluster.StartAllAsync();
        await cluster[1].ProposeAsync(new byte[1], Token);
        await Until.True(() => cluster[1].Status.ActiveFormat == First, "the library's format is active");
        cluster.FormatMax = 7;
        await RestartAsync(cluster, 1);
        await Until.True(() => cluster[1].Status.ActiveFormat == new LogFormat(2, 7), "the format is active");
    }

    [Fact]
    public async Task Formats_are_a_range_of_positive_numbers()
    {
        RaftNodeOptions options = new() { DataDirectory = "unused", FormatMin = 3, FormatMax = 2 };
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => RaftNode.StartAsync(options, new ListMachine(), Token));
        Assert.Equal(RaftKvError.InvalidOptions, refused.Error);
        Assert.Contains("FormatMin is 3 and FormatMax 2", refused.Message, StringComparison.Ordinal);
    }

    private static async Task RestartAsync(TestCluster cluster, long id)
    {
        await cluster.StopAsync(id);
        await cluster.StartAsync(id);
        await cluster[id].ReadBarrierAsync(Token);
    }
}
