using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Takes work for the machine. The calls do not wait; each answer comes back as an input.</summary>
public interface IApplySink
{
    /// <summary>
    /// Applies entries after all given before and answers with <see cref="AppliedInput"/>; the core bounds how many bytes of them are
    /// under way. The memory of <paramref name="entries"/> is not used any more once they were answered.
    /// </summary>
    void Apply(ReadOnlyMemory<Entry> entries);

    /// <summary>
    /// Begins to take a state from another member; the one before is given up. The sink answers with <see cref="StateProgressedInput"/>,
    /// and in the end with <see cref="StateFetchedInput"/> or <see cref="StateFailedInput"/>.
    /// </summary>
    /// <param name="fetch">The number that the answers carry.</param>
    /// <returns>Takes the state; null when the machine takes none.</returns>
    ISnapshotSink? Receive(long fetch);

    /// <summary>
    /// Goes on after a position, once all that was given to apply before is done, and answers with <see cref="MachineInstalledInput"/>.
    /// </summary>
    /// <param name="position">The last entry that needs not be applied any more.</param>
    /// <param name="format">The format that is active there.</param>
    /// <param name="hasState">Whether the state that was fetched last takes the place of the machine's first; false on a witness.</param>
    void Install(LogPosition position, LogFormat format, bool hasState);
}
