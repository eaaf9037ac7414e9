namespace RaftKv.Raft.Membership;

/// <summary>A configuration and the log entry that carries it.</summary>
/// <param name="Index">The entry; the log's base for the configuration as of the base.</param>
/// <param name="Configuration">The configuration that takes effect there.</param>
public readonly record struct ConfigurationEntry(LogIndex Index, Configuration Configuration);
