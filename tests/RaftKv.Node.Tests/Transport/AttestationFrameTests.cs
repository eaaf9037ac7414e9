using RaftKv.Node.Driver;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="AttestationFrame"/>.</summary>
public sealed class AttestationFrameTests
{
    private static readonly LogPosition Position = new(new Term(3), new LogIndex(8));
    private static readonly GroupId Group = new(9);

    [Fact]
    public void What_was_written_is_read_back()
    {
        byte[] digest = [.. Enumerable.Range(1, SliceDigest.BytesMax).Select(number => (byte)number)];
        SliceNotice slice = Assert.IsType<SliceNotice>(Back(new SliceNotice(Group, Position, long.MinValue, digest)));
        Assert.Equal((Group, Position, long.MinValue), (slice.Group, slice.Position, slice.Incarnation));
        Assert.Equal(digest, slice.Digest.ToArray());
        Assert.True(Assert.IsType<SliceNotice>(Back(new SliceNotice(Group, Position, 1, default))).Digest.IsEmpty);
        VerdictNotice verdict = Assert.IsType<VerdictNotice>(Back(new VerdictNotice(Group, Position, digest)));
        Assert.Equal((Group, Position), (verdict.Group, verdict.Position));
        Assert.Equal(digest, verdict.Digest.ToArray());
    }

    [Fact]
    public void Bytes_that_are_none_are_refused_without_an_exception()
    {
        byte[] body = Body(new SliceNotice(Group, Position, 7, new byte[32]));
        FrameBody.DecodeDamaged(body, static bytes => AttestationFrame.Decode(bytes));
        Assert.Null(AttestationFrame.Decode([]));
        Assert.Null(AttestationFrame.Decode(body.AsSpan(0, 32)));
        Assert.Null(AttestationFrame.Decode([.. body, .. new byte[SliceDigest.BytesMax]]));
        Assert.Null(Back(new VerdictNotice(Group, Position, default)));
    }

    private static AttestationNotice? Back(AttestationNotice notice) => AttestationFrame.Decode(Body(notice));

    private static byte[] Body(AttestationNotice notice) =>
        FrameBody.Of(FrameKind.Attestation, frames => AttestationFrame.Add(frames, notice));
}
