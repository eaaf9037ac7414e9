using RaftKv.Raft;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>The search for a record behind a bad place passes over nothing that could be one.</summary>
public class RecordSearchTests
{
    private const uint Seed = 0x1234_5678;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public void Every_record_is_found_wherever_it_stands(int filling)
    {
        var random = new SplittableRandom(1);
        for (int at = 0; at <= 1024 - RecordHeader.Bytes; at += RecordHeader.AlignmentBytes)
        {
            var bytes = new byte[1024 + random.Next(8)];
            Fill(bytes, filling, random);
            WriteHeader(bytes.AsSpan(at), at, random);
            Assert.Equal(at, Search(bytes));
        }
    }

    [Fact]
    public void Where_no_record_can_be_the_search_ends_before_less_than_a_header()
    {
        var random = new SplittableRandom(2);
        for (int length = 0; length < 300; length++)
        {
            int found = RecordHeader.FindPossible(new byte[length]);
            Assert.InRange(found, Math.Max(0, length - RecordHeader.Bytes + 1), Math.Max(0, length));
            Assert.Equal(0, found % RecordHeader.AlignmentBytes);
            var noise = new byte[length];
            Fill(noise, 1, random);
            Assert.Equal(-1, Search(noise));
        }
    }

    private static int Search(ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at + RecordHeader.Bytes <= bytes.Length; at += RecordHeader.AlignmentBytes)
        {
            at += RecordHeader.FindPossible(bytes[at..]);
            if (at + RecordHeader.Bytes <= bytes.Length && RecordHeader.TryRead(bytes[at..], Seed, SegmentHeader.AreaBytes + at, out _))
                return at;
        }

        return -1;
    }

    private static void Fill(Span<byte> bytes, int filling, SplittableRandom random)
    {
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = filling == 1 ? (byte)random.Next(256) : (byte)filling;
    }

    private static void WriteHeader(Span<byte> header, int at, SplittableRandom random)
    {
        var written = new RecordHeader
        {
            Length = random.Next(1 << 20),
            Type = (RecordType)(1 + random.Next((int)RecordType.Repair)),
            Flags = (RecordFlags)random.Next(4),
            Kind = (byte)random.Next(256),
            Group = random.Next(1000),
            Index = random.Next(1 << 20),
            Tag = random.Next(1000),
        };
        written.Write(header);
        RecordHeader.Finish(header, Seed, SegmentHeader.AreaBytes + at);
    }
}
