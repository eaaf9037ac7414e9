using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Tests.Disk;

/// <summary>CRC-32C as RFC 3720, appendix B.4, has it.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void The_examples_of_the_specification_hold()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
    }

    [Fact]
    public void Every_length_and_every_split_gives_the_sum_of_the_bit_by_bit_definition()
    {
        SplittableRandom random = new(1);
        byte[] data = new byte[8000];
        random.NextBytes(data);
        foreach (int length in Enumerable.Range(0, 40).Concat([1535, 1536, 1537, 1544, 3071, 3072, 4700, 8000]))
        {
            uint expected = BitByBit(data.AsSpan(0, length));
            Assert.Equal(expected, Crc32C.Compute(data.AsSpan(0, length)));
            int split = random.Next(length + 1);
            Assert.Equal(expected, Crc32C.Compute(Crc32C.Compute(data.AsSpan(0, split)), data.AsSpan(split, length - split)));
        }
    }

    [Fact]
    public void Another_salt_gives_another_sum()
    {
        HashSet<uint> sums = [];
        for (uint salt = 0; salt < 10_000; salt++)
            Assert.True(sums.Add(Crc32C.Compute(salt, "the same bytes"u8)));
    }

    private static uint BitByBit(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }
}
