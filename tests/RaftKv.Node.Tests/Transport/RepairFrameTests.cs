using System.Buffers;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="RepairFrame"/>.</summary>
public sealed class RepairFrameTests
{
    private static readonly WireFormat Form = new(0xABCD1234, 1, WireFormat.FeaturesKnown);
    private static readonly LogHole Hole = new(new LogIndex(5), new LogIndex(7), new LogPosition(new Term(3), new LogIndex(8)));

    [Fact]
    public void What_was_written_is_read_back()
    {
        GroupId group = new(9);
        Assert.Equal(Hole, Assert.IsType<RepairAsk>(Back(new RepairAsk(group, Hole))).Hole);
        Assert.Equal(group, Assert.IsType<RepairWait>(Back(new RepairWait(group))).Group);
        Entry[] entries =
        [
            new(new LogPosition(new Term(2), new LogIndex(5)), EntryKind.Command, new byte[] { 1, 2, 3 }),
            new(new LogPosition(new Term(3), new LogIndex(6)), EntryKind.Noop, default),
        ];
        RepairAnswer answer = Assert.IsType<RepairAnswer>(Back(new RepairAnswer(group, Hole, entries)));
        Assert.Equal((Hole, group), (answer.Hole, answer.Group));
        Assert.Equal(entries.Select(Text), answer.Entries.ToArray().Select(Text));
        Assert.True(Assert.IsType<RepairAnswer>(Back(new RepairAnswer(group, Hole, default))).Entries.IsEmpty);
    }

    [Fact]
    public void Bytes_that_are_none_are_refused_without_an_exception()
    {
        SplittableRandom random = new(5);
        byte[] body = Body(new RepairAnswer(new GroupId(1), Hole,
            new Entry[] { new(new LogPosition(new Term(2), new LogIndex(5)), EntryKind.Command, new byte[40]) }));
        for (int length = 0; length < body.Length; length++)
            RepairFrame.Decode(body.AsSpan(0, length));
        for (int round = 0; round < 20_000; round++)
        {
            byte[] garbage = [.. body];
            for (int i = 0; i <= random.Next(4); i++)
                garbage[random.Next(garbage.Length)] = (byte)random.Next(256);
            RepairFrame.Decode(garbage.AsSpan(0, random.Next(garbage.Length + 1)));
        }
        Assert.Null(RepairFrame.Decode([]));
        Assert.Null(RepairFrame.Decode(body.AsSpan(0, body.Length - 1)));
    }

    private static string Text(Entry entry) => $"{entry.Position} {entry.Kind} {Convert.ToHexString(entry.Payload.Span)}";

    private static RepairNotice? Back(RepairNotice notice) => RepairFrame.Decode(Body(notice));

    private static byte[] Body(RepairNotice notice)
    {
        FrameBuffer frames = new(Form);
        RepairFrame.Add(frames, notice);
        ReadOnlySequence<byte> arrived = new(frames.Written);
        Assert.Equal(FrameStatus.Done, Frame.TryRead(ref arrived, Form, 1_000_000, out FrameKind kind, out ReadOnlySequence<byte> body));
        Assert.Equal(FrameKind.Repair, kind);
        return body.ToArray();
    }
}
