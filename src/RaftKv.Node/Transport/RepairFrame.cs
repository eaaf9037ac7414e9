using System.Buffers.Binary;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// The body of <see cref="FrameKind.Repair"/>: what it is, 1 byte (1 ask, 2 answer, 3 wait), and the group, 8 bytes. An ask and an answer
/// go on with the first and the last entry that is missing and the term and index of the anchor, 8 bytes each; an answer then has any
/// number of entries: term and index, 8 bytes each, kind, 1 byte, length, 4 bytes, payload.
/// </summary>
internal static class RepairFrame
{
    /// <summary>The bit among the features of a connection.</summary>
    public const byte Feature = 2;

    private const byte AskKind = 1;
    private const byte AnswerKind = 2;
    private const byte WaitKind = 3;
    private const int HeadBytes = 9;
    private const int HoleBytes = 32;
    private const int EntryBytes = 21;

    public static void Add(FrameBuffer frames, RepairNotice notice)
    {
        frames.Begin();
        (byte kind, LogHole? hole) = notice switch
        {
            RepairAsk ask => (AskKind, ask.Hole),
            RepairAnswer answer => (AnswerKind, answer.Hole),
            _ => (WaitKind, (LogHole?)null),
        };
        Span<byte> head = frames.GetSpan(HeadBytes + HoleBytes);
        head[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], notice.Group.Value);
        if (hole is { } missing)
            Write(head[HeadBytes..], missing);
        frames.Advance(HeadBytes + (hole is null ? 0 : HoleBytes));
        if (notice is RepairAnswer answered)
        {
            foreach (Entry entry in answered.Entries.Span)
                Add(frames, entry);
        }
        frames.End(FrameKind.Repair);
    }

    /// <summary>Reads a body back, payloads copied; null when it is not one.</summary>
    public static RepairNotice? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes || BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]) is < 0)
            return null;
        GroupId group = new(BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]));
        byte kind = bytes[0];
        bytes = bytes[HeadBytes..];
        if (kind == WaitKind)
            return bytes.IsEmpty ? new RepairWait(group) : null;
        if (kind is not (AskKind or AnswerKind) || bytes.Length < HoleBytes || ReadHole(bytes) is not { } hole)
            return null;
        bytes = bytes[HoleBytes..];
        if (kind == AskKind)
            return bytes.IsEmpty ? new RepairAsk(group, hole) : null;
        return TryReadEntries(bytes, out List<Entry> entries) ? new RepairAnswer(group, hole, entries.ToArray()) : null;
    }

    private static void Add(FrameBuffer frames, Entry entry)
    {
        int length = EntryBytes + entry.Payload.Length;
        Span<byte> bytes = frames.GetSpan(length);
        PositionField.Write(bytes, entry.Position);
        bytes[PositionField.Bytes] = (byte)entry.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[17..], entry.Payload.Length);
        entry.Payload.Span.CopyTo(bytes[EntryBytes..]);
        frames.Advance(length);
    }

    private static void Write(Span<byte> bytes, LogHole hole)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, hole.First.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], hole.Last.Value);
        PositionField.Write(bytes[16..], hole.Anchor);
    }

    private static LogHole? ReadHole(ReadOnlySpan<byte> bytes)
    {
        long first = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long last = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (first < 1 || last < first || PositionField.Read(bytes[16..]) is not { } anchor)
            return null;
        bool isBehind = anchor.Index.Value >= last && anchor.Index.Value - last <= 1;
        return isBehind ? new LogHole(new LogIndex(first), new LogIndex(last), anchor) : null;
    }

    private static bool TryReadEntries(ReadOnlySpan<byte> bytes, out List<Entry> entries)
    {
        entries = [];
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < EntryBytes || PositionField.Read(bytes) is not { } position)
                return false;
            EntryKind kind = (EntryKind)bytes[PositionField.Bytes];
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[17..]);
            bytes = bytes[EntryBytes..];
            if (!Enum.IsDefined(kind) || length < 0 || length > bytes.Length)
                return false;
            entries.Add(new Entry(position, kind, bytes[..length].ToArray()));
            bytes = bytes[length..];
        }
        return true;
    }
}
