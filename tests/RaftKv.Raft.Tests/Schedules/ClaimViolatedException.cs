namespace RaftKv.Raft.Tests.Schedules;

/// <summary>A claim that does not hold, in words that are the same whenever the same claim breaks.</summary>
internal sealed class ClaimViolatedException(string claim, string detail = "") : Exception(claim + detail)
{
    public string Claim => claim;
}
