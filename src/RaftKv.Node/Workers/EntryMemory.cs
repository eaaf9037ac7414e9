using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>What the cores of all groups hold in memory, and how much each of them may. Only the loop shares out; all may look.</summary>
/// <remarks>
/// A half is for whoever needs it: each group may take as much as is left of it for others, so that several of them which are stuck leave room.
/// The other half is in equal parts for all: as much every group has in any case, to keep entries for followers and to have a page with its
/// machine, of one entry at least.
/// </remarks>
/// <param name="heldBytesMax">How many bytes the cores may hold that the disk has.</param>
/// <param name="unwrittenBytesMax">How many may be on their way to the disk.</param>
/// <param name="pieceBytesMax">How many a core takes at a time, of which none are refused if there is room for one.</param>
internal sealed class EntryMemory(long heldBytesMax, long unwrittenBytesMax, long pieceBytesMax)
{
    // What is kept in memory is copied by every collection: with 32 MiB here the pauses of a busy node were eight times as long as
    // with 1 MiB. A follower further behind is served from the log's files, which the system still has in memory then.
    private const long WindowBytesMax = 1024 * 1024;

    // A group has pages with its machine, and beside its window as much that waits for it.
    private const int PartsOfApply = 2;

    // What a group may have that is alone.
    private readonly long _applyBytesMax = Math.Min(8 * 1024 * 1024, heldBytesMax / 4 / PartsOfApply);
    private readonly MemoryShare _held = new(heldBytesMax);
    private readonly MemoryShare _unwritten = new(unwrittenBytesMax);
    private int _groups;

    /// <summary>How many bytes the cores may hold that the disk has.</summary>
    public long HeldBytesMax => _held.BytesMax;

    /// <summary>How many they do.</summary>
    public long Held => _held.Used;

    /// <summary>How many bytes may be on their way to the disk.</summary>
    public long UnwrittenBytesMax => _unwritten.BytesMax;

    /// <summary>How many are.</summary>
    public long Unwritten => _unwritten.Used;

    /// <summary>Whether the disk has so much to do that no group takes entries.</summary>
    public bool IsFull => Unwritten >= UnwrittenBytesMax - pieceBytesMax;

    /// <summary>Whether some is left of what is for whoever needs it.</summary>
    public bool HasRoom => Held < heldBytesMax / 2;

    public void GroupJoined() => Interlocked.Increment(ref _groups);

    public void GroupLeft() => Interlocked.Decrement(ref _groups);

    /// <summary>What a group may hold at this moment.</summary>
    /// <param name="own">What it holds.</param>
    public EntryLimits LimitsFor(in GroupEntries own)
    {
        int groups = Math.Max(1, Volatile.Read(ref _groups));
        long window = heldBytesMax / 4 / groups;
        long least = Math.Max(1, heldBytesMax / 4 / PartsOfApply / groups);
        long left = heldBytesMax / 2 - (Held - own.Held);
        long unwritten = UnwrittenBytesMax - pieceBytesMax - (Unwritten - own.Unwritten);
        return new EntryLimits(
            Math.Min(WindowBytesMax, window),
            Math.Clamp(left / 2 / PartsOfApply, least, Math.Max(least, _applyBytesMax)),
            Math.Max(0, unwritten / 2));
    }

    /// <summary>Whether a group was told less than it could use.</summary>
    public bool IsCut(in EntryLimits told) => told.ApplyBytes < _applyBytesMax;

    /// <summary>A group holds another amount than before.</summary>
    public void Report(ref GroupEntries own, in GroupEntries now)
    {
        if (now.Held != own.Held)
            _held.Take(now.Held - own.Held);
        if (now.Unwritten != own.Unwritten)
            _unwritten.Take(now.Unwritten - own.Unwritten);
        own = now;
    }
}
