namespace RaftKv.Node.Workers;

/// <summary>What a host may hold in memory for requests, messages and entries, of all groups and peers together, in shares by what for.</summary>
/// <remarks>
/// No share is ever waited for by the holder of another one, so they cannot wait for each other in a circle. Requests beyond theirs are
/// refused, messages to peers are dropped, and entries for which the disk has no time are refused or taken for lost. What waits, waits for
/// something that frees itself: a connection for the loop, which waits for nobody; a page of committed entries for the machine that has
/// earlier ones, or for other machines while its group has a page already; a read for reads that end. What is durable and waits
/// to be applied holds no memory beyond its group's share: it is read back from the log. So a machine that is stuck, a peer or a quorum
/// that is gone hold what they hold and nothing more, for however long.
/// </remarks>
internal sealed class MemoryBudget
{
    // Of the whole; what the shares have in parts of this adds up to it.
    private const int Whole = 16;

    // What comes in one piece beside a payload: a message, or a batch, of smaller ones.
    private const long SmallPiecesBytes = 1024 * 1024;

    // How many such pieces the whole needs to have at least: two for the smallest share, and one for each peer.
    private const int PiecesMin = 16;
    private const int PiecesPerPeer = 6;

    /// <summary>Divides a budget.</summary>
    /// <param name="bytesMax">The budget.</param>
    /// <param name="payloadBytesMax">The longest payload.</param>
    public MemoryBudget(long bytesMax, int payloadBytesMax)
    {
        long part = bytesMax / Whole;
        Requests = new MemoryShare(4 * part);
        PeersBytesMax = 3 * part;
        Received = new MemoryShare(2 * part);
        Reads = new MemoryShare(2 * part);
        Entries = new EntryMemory(heldBytesMax: 3 * part, unwrittenBytesMax: 2 * part, PieceBytes(payloadBytesMax));
    }

    /// <summary>Requests without a result: proposals with their commands, and reads.</summary>
    public MemoryShare Requests { get; }

    /// <summary>What waits for the peers' connections.</summary>
    public long PeersBytesMax { get; }

    /// <summary>Messages that were received and not yet handled.</summary>
    public MemoryShare Received { get; }

    /// <summary>What is being read back from the log.</summary>
    public MemoryShare Reads { get; }

    /// <summary>What the groups' cores hold.</summary>
    public EntryMemory Entries { get; }

    /// <summary>The smallest budget under which everything has room that comes in one piece.</summary>
    public static long Least(int payloadBytesMax, int peers) => Math.Max(PiecesMin, PiecesPerPeer * peers) * PieceBytes(payloadBytesMax);

    private static long PieceBytes(int payloadBytesMax) => payloadBytesMax + SmallPiecesBytes;
}
