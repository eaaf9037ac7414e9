using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="RepairFrame"/>.</summary>
public sealed class RepairFrameTests
{
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
        byte[] body = Body(new RepairAnswer(new GroupId(1), Hole,
            new Entry[] { new(new LogPosition(new Term(2), new LogIndex(5)), EntryKind.Command, new byte[40]) }));
        FrameBody.DecodeDamaged(body, static bytes => RepairFrame.Decode(bytes));
        Assert.Null(RepairFrame.Decode([]));
        Assert.Null(RepairFrame.Decode(body.AsSpan(0, body.Length - 1)));
    }

    private static string Text(Entry entry) => $"{entry.Position} {entry.Kind} {Convert.ToHexString(entry.Payload.Span)}";

    private static RepairNotice? Back(RepairNotice notice) => RepairFrame.Decode(Body(notice));

    private static byte[] Body(RepairNotice notice) => FrameBody.Of(FrameKind.Repair, frames => RepairFrame.Add(frames, notice));
}
