using System.Diagnostics;

namespace RaftKv.Raft.Tests.Schedules;

/// <summary>
/// Makes commands that break a claim few and simple, while the same claim still breaks (delta debugging: Zeller and Hildebrandt,
/// Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002).
/// </summary>
/// <param name="failure">How commands fail; null when they do not.</param>
/// <param name="commandsMax">How many commands may run in all.</param>
/// <param name="timeMax">How long it may take.</param>
internal sealed class Shrinker(Func<IReadOnlyList<string>, Failure?> failure, long commandsMax, TimeSpan timeMax)
{
    private readonly long _end = Stopwatch.GetTimestamp() + (long)(timeMax.TotalSeconds * Stopwatch.Frequency);
    private List<string> _commands = [];
    private string _claim = "";
    private long _commandsRun;

    private bool IsSpent => _commandsRun >= commandsMax || Stopwatch.GetTimestamp() >= _end;

    /// <summary>Commands that break the same claim, and the last of which breaks it.</summary>
    /// <exception cref="ArgumentException">The commands break nothing.</exception>
    public IReadOnlyList<string> Shrink(IReadOnlyList<string> commands)
    {
        Failure first = failure(commands) ?? throw new ArgumentException("nothing breaks", nameof(commands));
        _claim = first.Claim;
        _commands = [.. commands.Take(first.Command + 1)];
        bool isSmaller = true;
        while (isSmaller && !IsSpent)
        {
            isSmaller = RemoveChunks();
            isSmaller |= Simplify();
        }
        return Simpler.Merge(_commands) is { } merged && TryKeep(merged) ? merged : _commands;
    }

    // Large pieces first; from the end, because what comes last depends on most.
    private bool RemoveChunks()
    {
        int before = _commands.Count;
        for (int size = Math.Max(1, _commands.Count / 2); size >= 1 && !IsSpent; size /= 2)
        {
            for (int end = _commands.Count; end > 1 && !IsSpent; end -= size)
            {
                int start = Math.Max(1, Math.Min(end, _commands.Count) - size);
                int count = Math.Min(end, _commands.Count) - start;
                if (count > 0)
                    TryKeep([.. _commands.Take(start), .. _commands.Skip(start + count)]);
            }
        }
        return _commands.Count < before;
    }

    private bool Simplify()
    {
        bool isAnySimpler = false;
        for (int i = 0; i < _commands.Count && !IsSpent; i++)
        {
            bool isSimpler = true;
            while (isSimpler && i < _commands.Count && !IsSpent)
            {
                isSimpler = Simpler.Than(_commands[i], _commands[0]).Any(command => TryReplace(i, command));
                isAnySimpler |= isSimpler;
            }
        }
        return isAnySimpler;
    }

    private bool TryReplace(int place, string command) =>
        TryKeep([.. _commands.Take(place), command, .. _commands.Skip(place + 1)]);

    private bool TryKeep(List<string> candidate)
    {
        if (IsSpent)
            return false;
        Failure? now = failure(candidate);
        _commandsRun += now is null ? candidate.Count : now.Command + 1;
        if (now?.Claim != _claim)
            return false;
        _commands = [.. candidate.Take(now.Command + 1)];
        return true;
    }
}
