namespace RaftKv.Tidy;

/// <summary>Fails with every offender on a line of its own, which xunit's own collection asserts cut short.</summary>
internal static class Offenders
{
    public static void None(IEnumerable<string> found)
    {
        string[] all = [.. found.Distinct()];
        Assert.True(all.Length == 0, $"{all.Length} found:\n{string.Join('\n', all)}");
    }
}
