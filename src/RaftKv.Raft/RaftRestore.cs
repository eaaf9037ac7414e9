using RaftKv.Raft.Membership;

namespace RaftKv.Raft;

/// <summary>What a member finds on its disk when it starts. A fresh member gives only the configuration it was founded with.</summary>
public sealed class RaftRestore
{
    /// <summary>The last durable hard state; default for a fresh member.</summary>
    public HardState HardState { get; init; }

    /// <summary>The position before the first entry of the log; zero while nothing was compacted.</summary>
    public LogPosition Base { get; init; }

    /// <summary>The configuration as of <see cref="Base"/>.</summary>
    public required Configuration Configuration { get; init; }

    /// <summary>The first position of each run of equal terms after <see cref="Base"/>, ascending; empty when the log is.</summary>
    public IReadOnlyList<LogPosition> TermRuns { get; init; } = [];

    /// <summary>The last entry of the log; the base's index when the log is empty.</summary>
    public LogIndex Last { get; init; }

    /// <summary>The last entry the state machine holds; entries up to here are not handed out again.</summary>
    public LogIndex Applied { get; init; }

    /// <summary>The configurations of entries after <see cref="Base"/>, ascending by index.</summary>
    public IReadOnlyList<ConfigurationEntry> Configurations { get; init; } = [];

    /// <summary>The configuration that was in effect at an entry; the one in effect now is that at <see cref="Last"/>.</summary>
    /// <param name="index">An entry of the log, or its base.</param>
    public Configuration ConfigurationAt(LogIndex index)
    {
        Configuration present = Configuration;
        foreach (ConfigurationEntry entry in Configurations)
        {
            if (entry.Index <= index)
                present = entry.Configuration;
        }
        return present;
    }
}
