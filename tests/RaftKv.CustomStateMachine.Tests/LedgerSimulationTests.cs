using RaftKv.Testing.Scenarios;
using RaftKv.Testing.World;

namespace RaftKv.CustomStateMachine.Tests;

/// <summary>A user's own machine under all the faults that the store itself is put through.</summary>
public sealed class LedgerSimulationTests
{
    [Fact]
    public void Money_is_neither_made_nor_lost_whatever_fails() => new Simulation(() => new LedgerWorkload()).Check(1, 100);

    [Fact]
    public void A_forgotten_flush_is_found_and_its_story_told_in_a_few_steps()
    {
        Simulation simulation = new(() => new LedgerWorkload(forgetsFlush: true));

        SimulationException found = Assert.Throws<SimulationException>(() => simulation.Check(1, 100));

        TestContext.Current.TestOutputHelper?.WriteLine(found.Message);
        Assert.Contains("The shortest story found", found.Message, StringComparison.Ordinal);
    }
}
