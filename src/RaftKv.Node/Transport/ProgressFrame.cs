using System.Buffers;
using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The body of <see cref="FrameKind.Progress"/>: for each group its number and an index, 8 bytes each.</summary>
internal static class ProgressFrame
{
    private const int ItemBytes = 16;

    public static void Add(FrameBuffer frames, IReadOnlyList<(GroupId Group, LogIndex Applied)> progress)
    {
        frames.Begin();
        foreach ((GroupId group, LogIndex applied) in progress)
        {
            Span<byte> item = frames.GetSpan(ItemBytes);
            BinaryPrimitives.WriteInt64LittleEndian(item, group.Value);
            BinaryPrimitives.WriteInt64LittleEndian(item[8..], applied.Value);
            frames.Advance(ItemBytes);
        }
        frames.End(FrameKind.Progress);
    }

    /// <summary>Reads a body back; false when it is not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, List<(GroupId Group, LogIndex Applied)> progress)
    {
        progress.Clear();
        if (body.Length % ItemBytes != 0)
            return false;
        for (; body.Length > 0; body = body[ItemBytes..])
        {
            long group = BinaryPrimitives.ReadInt64LittleEndian(body);
            long applied = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
            if (group < 0 || applied < 0)
                return false;
            progress.Add((new GroupId(group), new LogIndex(applied)));
        }
        return true;
    }
}
