using System.Globalization;
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
