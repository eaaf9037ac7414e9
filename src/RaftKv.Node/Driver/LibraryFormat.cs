using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// What this build speaks of the library's own part of a format (<see cref="LogFormat.Library"/>): the envelope around commands
/// (<see cref="CommandEnvelope"/>) and whatever else the library writes into entries and into state that travels.
/// </summary>
/// <remarks>
/// 1: envelopes of version 1. 2: entries that name a slice of the state, too. A build that writes something new counts one more, and writes
/// it once that is active.
/// </remarks>
internal static class LibraryFormat
{
    public const int Min = 1;
    public const int Max = Attestations;

    /// <summary>From here on the leader may ask for digests of the members' states.</summary>
    public const int Attestations = 2;

    /// <summary>What a build speaks whose machine speaks some formats.</summary>
    public static LogFormatRange With(int machineMin, int machineMax) => new(new LogFormat(Min, machineMin), new LogFormat(Max, machineMax));
}
