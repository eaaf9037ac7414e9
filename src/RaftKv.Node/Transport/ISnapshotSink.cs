namespace RaftKv.Node.Transport;

/// <summary>
/// Takes a state that is fetched from another member. One task at a time calls it; the calls may block on the disk. An exception
/// from any of them ends the fetch with <see cref="Abort"/>.
/// </summary>
public interface ISnapshotSink
{
    /// <summary>What is still there of an earlier fetch; null when there is nothing. Asked once, before anything else.</summary>
    SnapshotHolding? Held { get; }

    /// <summary>Reads held bytes back, to check them against the sender's. Called in ascending order before the first <see cref="Begin"/>.</summary>
    /// <param name="offset">Bytes from the beginning.</param>
    /// <param name="destination">To be filled whole; lies within what is held.</param>
    void ReadBack(long offset, Span<byte> destination);

    /// <summary>A connection begins to deliver a state. Called again for each connection that takes the place of a broken one.</summary>
    /// <param name="description">What is coming.</param>
    /// <param name="offset">
    /// Where it begins, in bytes: 0, and all that was taken before is void; or a place within what is held, which has the same
    /// identity: what lies beyond it is void.
    /// </param>
    void Begin(SnapshotDescription description, long offset);

    /// <summary>Takes the next bytes. Their checksum has been verified.</summary>
    /// <param name="offset">Bytes from the beginning; always the end of what is held.</param>
    /// <param name="bytes">Valid until the call returns. At most half a mebibyte; a good moment to report progress.</param>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Everything has arrived, and its length and checksum are those of the sender's state. Nothing follows.</summary>
    void Complete();

    /// <summary>The fetch has ended without success. What was taken may be kept for the next one. Nothing follows.</summary>
    /// <param name="reason">Why, in words.</param>
    void Abort(string reason);
}
