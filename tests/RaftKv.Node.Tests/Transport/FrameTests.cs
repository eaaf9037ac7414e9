using System.Buffers;
using System.Buffers.Binary;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="Frame"/>.</summary>
public sealed class FrameTests
{
    private static readonly WireFormat Form = new(0xABCD1234, 1);
    private const int BodyMax = 1000;

    [Fact]
    public void Frames_are_read_back_however_they_arrive()
    {
        SplittableRandom random = new(3);
        for (int round = 0; round < 200; round++)
        {
            byte[] body = new byte[random.Next(BodyMax + 1)];
            random.NextBytes(body);
            byte[] frame = Sealed(body);
            int cut = random.Next(frame.Length);
            ReadOnlySequence<byte> part = new(frame.AsMemory(0, cut));
            Assert.Equal(FrameStatus.NeedMore, Read(ref part, out _, out _));
            ReadOnlySequence<byte> whole = InPieces(frame, random);
            Assert.Equal(FrameStatus.Done, Read(ref whole, out FrameKind kind, out byte[] read));
            Assert.Equal(FrameKind.Messages, kind);
            Assert.Equal(body, read);
            Assert.True(whole.IsEmpty);
        }
    }

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        byte[] frame = Sealed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            ReadOnlySequence<byte> arrived = new(frame);
            Assert.NotEqual(FrameStatus.Done, Read(ref arrived, out _, out _));
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", (int)FrameStatus.NotAFrame)]
    [InlineData("R", (int)FrameStatus.NeedMore)]
    [InlineData("RK\u0002", (int)FrameStatus.UnknownVersion)]
    public void Garbage_is_known_by_its_first_bytes(string text, int status)
    {
        ReadOnlySequence<byte> arrived = new(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal((FrameStatus)status, Read(ref arrived, out _, out _));
    }

    [Fact]
    public void Two_gigabytes_announced_are_refused_before_any_of_them_arrives()
    {
        byte[] frame = Sealed([]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), 0x8000_0000);
        ReadOnlySequence<byte> arrived = new(frame);
        Assert.Equal(FrameStatus.TooLarge, Read(ref arrived, out _, out _));
    }

    [Fact]
    public void A_frame_of_another_cluster_is_refused()
    {
        FrameBuffer other = new(Form with { ClusterTag = Form.ClusterTag + 1 });
        other.Add(FrameKind.Messages, [1]);
        ReadOnlySequence<byte> arrived = new(other.Written);
        Assert.Equal(FrameStatus.WrongCluster, Read(ref arrived, out _, out _));
    }

    [Fact]
    public void A_handshake_is_read_back_and_nothing_shorter_is_taken_for_one()
    {
        byte[] body = Hello().Encode();
        Handshake read = Handshake.Decode(new ReadOnlySequence<byte>(body))!;
        Assert.Equal(("orders", new NodeId(1), new NodeId(2)), (read.ClusterId, read.From, read.To));
        Assert.Equal((ConnectionPurpose.Snapshot, WireFormat.VersionMax), (read.Purpose, read.VersionMax));
        // What earlier builds left out may be missing as a whole: the address, here an empty one, and the formats.
        int[] missing = [body.Length - FormatsField.Bytes, body.Length - FormatsField.Bytes - 1];
        for (int length = 0; length < body.Length; length++)
            Assert.Equal(missing.Contains(length), Handshake.Decode(new ReadOnlySequence<byte>(body.AsMemory(0, length))) is not null);
    }

    [Fact]
    public void A_handshake_may_say_where_its_sender_is_reached()
    {
        byte[] body = new Handshake
        {
            ClusterId = "orders",
            From = new NodeId(1),
            To = new NodeId(2),
            Purpose = ConnectionPurpose.Messages,
            Address = "db1:7000",
        }.Encode();
        Assert.Equal("db1:7000", Handshake.Decode(new ReadOnlySequence<byte>(body))!.Address);
        Assert.Null(Handshake.Decode(new ReadOnlySequence<byte>(body.AsMemory(0, body.Length - FormatsField.Bytes - 1))));
    }

    [Fact]
    public void A_handshake_says_at_its_end_which_log_formats_its_sender_speaks()
    {
        LogFormatRange formats = new(new LogFormat(1, 2), new LogFormat(3, 260));
        Handshake hello = new()
        {
            ClusterId = "c",
            From = new NodeId(1),
            To = new NodeId(2),
            Purpose = ConnectionPurpose.Messages,
            Formats = formats,
        };
        const string Before = "0100000000000000" + "0200000000000000" + "01010001" + "0163";
        Assert.Equal(Before + "00" + "0100020003000401", Convert.ToHexString(hello.Encode()));
        Assert.Equal(formats, Handshake.Decode(new ReadOnlySequence<byte>(hello.Encode()))!.Formats);
        Assert.Equal(LogFormatRange.First, Handshake.Decode(new ReadOnlySequence<byte>(Convert.FromHexString(Before)))!.Formats);
        byte[] downwards = Convert.FromHexString(Before + "00" + "0100020001000100");
        Assert.Null(Handshake.Decode(new ReadOnlySequence<byte>(downwards)));
        Assert.Equal("0100" + "0100020003000401", Convert.ToHexString(new Welcome(1, 0, formats).Encode()));
        Assert.Equal(new Welcome(1, 0, formats), Welcome.Decode(Convert.FromHexString("0100" + "0100020003000401")));
        Assert.Null(Welcome.Decode([1, 0, 9, 9]));
    }

    [Fact]
    public void What_a_later_version_appends_to_a_handshake_is_passed_over()
    {
        Assert.Equal("orders", Handshake.Decode(new ReadOnlySequence<byte>([.. Hello().Encode(), 1, 2, 3]))!.ClusterId);
        Assert.Equal(new Welcome(1, 0, LogFormatRange.First), Welcome.Decode([1, 0]));
        Assert.Equal(new Welcome(1, 0, LogFormatRange.First), Welcome.Decode([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 9, 9]));
    }

    [Fact]
    public void Long_bodies_are_compressed_where_it_pays_and_the_other_side_can()
    {
        byte[] orderly = new byte[100_000];
        byte[] random = new byte[100_000];
        new SplittableRandom(1).NextBytes(random);
        WireFormat agreed = Form with { Features = FrameCompression.Feature };
        Assert.InRange(LengthOf(agreed, orderly), 1, 1000);
        Assert.Equal(Frame.HeaderBytes + 100_000, LengthOf(agreed, random));
        Assert.Equal(Frame.HeaderBytes + 100_000, LengthOf(Form, orderly));
        Assert.Equal(Frame.HeaderBytes + 99, LengthOf(agreed, orderly[..99]));

        static int LengthOf(WireFormat format, byte[] body)
        {
            FrameBuffer buffer = new();
            buffer.Begin();
            buffer.Write(body);
            buffer.End(FrameKind.Messages, format, compressFromBytes: 100);
            return buffer.Length;
        }
    }

    [Fact]
    public void Compressed_bodies_are_restored_and_nothing_else_is_taken_for_one()
    {
        SplittableRandom random = new(8);
        byte[] buffer = [];
        for (int round = 0; round < Seeds.Rounds(300); round++)
        {
            byte[] body = new byte[64 + random.Next(5000)];
            random.NextBytes(body.AsSpan(0, random.Next(body.Length)));
            byte[] compressed = new byte[body.Length];
            int length = FrameCompression.Compress(body, compressed);
            if (length == 0)
                continue;
            Assert.True(FrameCompression.TryRestore(compressed.AsSpan(0, length), body.Length, ref buffer, out int restored));
            Assert.Equal(body, buffer[..restored]);
            Assert.False(FrameCompression.TryRestore(compressed.AsSpan(0, length), body.Length - 1, ref buffer, out _));
            Assert.False(FrameCompression.TryRestore(compressed.AsSpan(0, random.Next(length)), body.Length, ref buffer, out _));
            compressed[random.Next(length)] ^= (byte)(1 + random.Next(255));
            // Damage either shows or changes bytes: it never throws, and never writes past the end.
            FrameCompression.TryRestore(compressed.AsSpan(0, length), body.Length, ref buffer, out _);
        }
    }

    [Fact]
    public void A_few_bytes_that_announce_much_reserve_nothing()
    {
        byte[] buffer = [];
        byte[] compressed = new byte[100];
        BinaryPrimitives.WriteUInt32LittleEndian(compressed, 50_000_000);
        Assert.False(FrameCompression.TryRestore(compressed, int.MaxValue, ref buffer, out _));
        Assert.Empty(buffer);
    }

    private static Handshake Hello() => new()
    {
        ClusterId = "orders",
        From = new NodeId(1),
        To = new NodeId(2),
        Purpose = ConnectionPurpose.Snapshot,
    };

    private static byte[] Sealed(byte[] body)
    {
        FrameBuffer written = new(Form);
        written.Add(FrameKind.Messages, body);
        return written.Written.ToArray();
    }

    private static FrameStatus Read(ref ReadOnlySequence<byte> arrived, out FrameKind kind, out byte[] body)
    {
        FrameStatus status = Frame.TryRead(ref arrived, Form, BodyMax, out kind, out ReadOnlySequence<byte> found);
        body = found.ToArray();
        return status;
    }

    private static ReadOnlySequence<byte> InPieces(byte[] bytes, SplittableRandom random)
    {
        Piece first = new(bytes.AsMemory(0, 0), 0);
        Piece last = first;
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - at, 1 + random.Next(20));
            last = last.Append(bytes.AsMemory(at, length));
            at += length;
        }
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long at)
        {
            Memory = memory;
            RunningIndex = at;
        }

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            Piece next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
