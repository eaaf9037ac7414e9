using System.Globalization;
using RaftKv.Testing.Histories;
using RaftKv.Testing.Scenarios;
using RaftKv.Testing.Stores;

namespace RaftKv.Testing.Tests.Scenarios;

/// <summary>
/// Whole clusters in simulated worlds, through the store's public face. <c>RAFTKV_ROUNDS</c> multiplies the seeds; for long runs and
/// to replay a seed see tests/RaftKv.Simulator.
/// </summary>
public sealed class SimulationTests
{
    private const ulong SeedsPerTest = 50;

    private static readonly Simulation Store = new(() => new KeyValueWorkload());

    private static readonly ulong Rounds =
        ulong.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), CultureInfo.InvariantCulture, out ulong rounds) ? rounds : 1;

    // Seeds that no run has had before, so that every run of the tests looks somewhere new.
    private static readonly ulong Fresh = 1_000_000 + (ulong)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() % 1_000_000_000);

    [Theory]
    [InlineData(1)]
    [InlineData(101)]
    [InlineData(201)]
    [InlineData(301)]
    public void A_store_keeps_its_promises_whatever_fails(ulong first) => Store.Check(first, first + (SeedsPerTest * Rounds) - 1);

    [Fact]
    public void A_store_keeps_its_promises_in_worlds_never_seen_before()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seeds {Fresh} to {Fresh + SeedsPerTest - 1}");

        Store.Check(Fresh, Fresh + SeedsPerTest - 1);
    }

    [Fact]
    public void Without_faults_every_call_is_answered()
    {
        SwarmOptions calm = new()
        {
            Members = 3,
            RunMicros = 10_000_000,
            ActionsPerSecond = 30,
            FaultsPerSecond = new Dictionary<string, double>(),
        };
        for (ulong seed = 1; seed <= 3; seed++)
        {
            KeyValueWorkload? workload = null;
            Simulation simulation = new(() => workload = new KeyValueWorkload());

            Assert.Null(simulation.Run(simulation.Scenario(seed, calm)).Failure);
            Assert.NotEmpty(workload!.History.Calls);
            // A read of the past may come after its compaction.
            Assert.Empty(workload.History.Calls.Where(call => call.Fate != CallFate.Answered && call.Call.AtRevision == 0));
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        for (ulong seed = 501; seed <= 520; seed++)
        {
            ScenarioResult first = Store.Run(seed);
            ScenarioResult second = Store.Run(seed);

            Assert.Equal((seed, first.TraceHash, first.SimulatedMicros), (seed, second.TraceHash, second.SimulatedMicros));
        }
    }
}
