using System.Globalization;

namespace RaftKv.Testing.Histories;

/// <summary>Histories as text: a first line <c>raftkv-history 1</c>, then one line for each event; <c>#</c> begins a remark.</summary>
/// <remarks>
/// Each line has the time in microseconds, the actor, and what happened in the words that the classes of
/// <see cref="HistoryEvent"/> name: <c>call</c>, <c>ok</c>, <c>failed</c>, <c>unknown</c>, <c>watch</c>, <c>batch</c>,
/// <c>compacted</c>, <c>state</c>.
/// </remarks>
public static class HistoryFile
{
    /// <summary>The first line.</summary>
    public const string Header = "raftkv-history 1";

    /// <summary>Writes a history.</summary>
    public static void Write(History history, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write($"{Header}\n");
        foreach (HistoryEvent happened in history.Events)
            writer.Write($"{happened}\n");
    }

    /// <summary>Reads a history.</summary>
    /// <exception cref="FormatException">The text is no history; the message names the line.</exception>
    public static History Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        History history = new();
        string[] lines = text.Split('\n');
        int first = Array.FindIndex(lines, line => !IsRemark(line));
        if (first < 0 || lines[first].Trim() != Header)
            throw new FormatException($"A history begins with the line '{Header}'.");
        for (int i = first + 1; i < lines.Length; i++)
        {
            if (IsRemark(lines[i]))
                continue;
            try
            {
                history.Add(Parse(lines[i].Trim()));
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new FormatException($"Line {i + 1}: {e.Message}", e);
            }
        }
        return history;
    }

    private static bool IsRemark(string line) => line.AsSpan().Trim() is [] or ['#', ..];

    private static HistoryEvent Parse(string line)
    {
        string[] parts = line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 3 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out long at))
            throw new FormatException($"'{line}' is no event: time, actor, what happened.");
        string rest = parts.Length == 4 ? parts[3] : "";
        string[] words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (parts[2], words) switch
        {
            ("call", _) => new CallStarted(at, parts[1], StoreCall.Parse(rest)),
            ("ok", _) => new CallAnswered(at, parts[1], StoreAnswer.Parse(rest)),
            ("failed", []) => new CallFailed(at, parts[1], mayHaveHappened: false),
            ("unknown", []) => new CallFailed(at, parts[1], mayHaveHappened: true),
            ("watch", [var from]) => new WatchStarted(at, parts[1], Number(from)),
            ("batch", [var through, ..]) => new WatchDelivered(
                at, parts[1], Number(through), [.. words[1..].Select(HistoryChange.Parse)]),
            ("compacted", [var revision]) => new WatchRefused(at, parts[1], Number(revision)),
            ("state", [var revision, var hash, var pairs]) =>
                new MemberState(at, parts[1], Number(revision), Hash(hash), StoreAnswer.Pairs(pairs)),
            _ => throw new FormatException($"'{parts[2]}' with {words.Length} words is nothing that a history tells."),
        };
    }

    private static uint Hash(string text) => uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
