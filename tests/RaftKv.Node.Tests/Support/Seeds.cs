using System.Globalization;

namespace RaftKv.Node.Tests.Support;

/// <summary>How many rounds seeded tests run: a few by default, RAFTKV_ROUNDS times as many when that variable is set.</summary>
internal static class Seeds
{
    public static int Rounds(int rounds) =>
        int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int factor)
            ? rounds * factor
            : rounds;
}
