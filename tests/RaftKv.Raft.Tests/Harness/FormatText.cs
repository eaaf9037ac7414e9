using System.Globalization;

namespace RaftKv.Raft.Tests.Harness;

/// <summary>Formats in the words of tests: "1.2", and "1.1 1.2" for a range.</summary>
internal static class FormatText
{
    public static LogFormat Parse(string text)
    {
        int[] numbers = [.. text.Split('.').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return new LogFormat(numbers[0], numbers[1]);
    }

    public static LogFormatRange ParseRange(string text)
    {
        string[] ends = text.Split(' ');
        return new LogFormatRange(Parse(ends[0]), Parse(ends[1]));
    }
}
