using System.Net;
using System.Net.Sockets;
using RaftKv.Samples.Cluster;
using RaftKv.Samples.Cluster.Control;
using RaftKv.Samples.Cluster.Processes;

namespace RaftKv.Cluster.Tests;

/// <summary>Mistakes of whoever starts a node: one clear sentence on standard error, an exit code, and nothing damaged.</summary>
public sealed class BadInputTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--surprise", "--surprise")]
    [InlineData("--keys=none", "--keys must be a number from 100 to 10000000, not 'none'.")]
    [InlineData("--nodes=2", "--nodes must be a number from 3 to 9, not '2'.")]
    [InlineData("--seed=-1", "--seed must be a number")]
    public async Task A_mistake_on_the_command_line_is_one_sentence(string argument, string sentence)
    {
        SampleProgram.Outcome run = await SampleProgram.RunAsync(argument);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains(sentence, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using TemporaryFolder folder = new();
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();

        SampleProgram.Outcome run = await SampleProgram.RunAsync(
            "node", "--id", "1", "--data", folder.Path, "--raft", $"{taken.LocalEndpoint}", "--member", $"1={taken.LocalEndpoint}",
            "--exit-with-parent");

        Refused(run, $"{taken.LocalEndpoint}");
    }

    [Fact]
    public async Task A_directory_of_another_node_is_refused_and_stays_usable()
    {
        using TemporaryFolder folder = new();
        await OpenOnceAsync(folder, id: 1, cluster: "blue");

        Refused(await SampleProgram.RunAsync("node", "--id", "2", "--cluster", "blue", "--data", folder.Path),
            "belongs to node 1, not to node 2");
        Refused(await SampleProgram.RunAsync("node", "--id", "1", "--cluster", "red", "--data", folder.Path),
            "belongs to cluster blue, not to red");

        await OpenOnceAsync(folder, id: 1, cluster: "blue");
    }

    [Fact]
    public async Task A_directory_that_a_live_process_holds_is_refused()
    {
        using TemporaryFolder folder = new();
        await using NodeProcess holder = StartNode(folder, id: 1, cluster: "blue");
        await holder.ReadyAsync(Cancel);

        Refused(await SampleProgram.RunAsync("node", "--id", "1", "--cluster", "blue", "--data", folder.Path),
            "in use by another running node");
    }

    [Fact]
    public async Task A_key_over_the_limit_is_refused_and_the_node_goes_on()
    {
        using TemporaryFolder folder = new();
        await using NodeProcess node = StartNode(folder, id: 1, cluster: "blue");
        using ControlClient client = new(await node.ReadyAsync(Cancel));
        string key = new('k', 40_000);

        PutOutcome tooLong = await client.PutAsync(key, [1], TimeSpan.FromSeconds(60), Cancel);
        PutOutcome tooLarge = await client.PutAsync("k", new byte[(3 * 512 * 1024) + 1], TimeSpan.FromSeconds(60), Cancel);
        PutOutcome after = await client.PutAsync("k", [1], TimeSpan.FromSeconds(60), Cancel);

        Assert.Equal(PutOutcomeKind.NotApplied, tooLong.Kind);
        Assert.StartsWith("The key has 40000 bytes, the limit is ", tooLong.Reason, StringComparison.Ordinal);
        Assert.Equal(PutOutcomeKind.NotApplied, tooLarge.Kind);
        Assert.Contains("the limit is 1572864", tooLarge.Reason, StringComparison.Ordinal);
        Assert.Equal(PutOutcomeKind.Acknowledged, after.Kind);
    }

    [Fact]
    public async Task A_node_ends_when_its_parent_does()
    {
        using TemporaryFolder folder = new();
        await using NodeProcess node = StartNode(folder, id: 1, cluster: "blue");
        await node.ReadyAsync(Cancel);

        node.Stop();
        await node.ExitAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(3), Cancel);

        Assert.Equal(0, node.ExitCode);
    }

    private static void Refused(SampleProgram.Outcome run, string sentence)
    {
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains(sentence, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static NodeProcess StartNode(TemporaryFolder folder, int id, string cluster) => NodeProcess.Start(
        ["node", "--id", $"{id}", "--cluster", cluster, "--data", folder.Path, "--request-seconds", "60", "--exit-with-parent"],
        SampleProgram.Path);

    private static async Task OpenOnceAsync(TemporaryFolder folder, int id, string cluster)
    {
        await using NodeProcess node = StartNode(folder, id, cluster);
        await node.ReadyAsync(Cancel);
        node.Stop();
        await node.ExitAsync(Cancel);
        Assert.Equal(0, node.ExitCode);
    }
}
