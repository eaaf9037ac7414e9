namespace RaftKv.Node.Transport;

/// <summary>One opened state, which does not change while it is open. Used by one thread at a time.</summary>
/// <remarks>
/// Whoever sends it keeps it open for a bounded time after a connection broke, so that the other side can go on where it was. What
/// it pins (pages, files) stays pinned until it is disposed of.
/// </remarks>
public interface ISnapshotReader : IDisposable
{
    /// <summary>What it is.</summary>
    SnapshotDescription Description { get; }

    /// <summary>Reads from an offset, which is where the last call ended, or where an earlier one began.</summary>
    /// <param name="offset">Bytes from the beginning.</param>
    /// <param name="destination">Filled whole, unless the end comes first.</param>
    /// <returns>How many bytes were read; fewer than asked for, down to 0, only at the end.</returns>
    int Read(long offset, Span<byte> destination);
}
