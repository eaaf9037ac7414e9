#if DEBUG
namespace RaftKv.Raft.Tests.Schedules;

/// <summary>A mutant, the first seed that catches it, and the claim that breaks then.</summary>
internal sealed record MutantRow(string Name, string Summary, int Seed, string Claim)
{
    public override string ToString() => $"| `{Name}` {Summary} | {Seed} | {Claim} |";
}
#endif
