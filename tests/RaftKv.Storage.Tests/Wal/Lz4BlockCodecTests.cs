using System.Buffers.Binary;
using System.Diagnostics;
using RaftKv.Raft;
using RaftKv.Storage.Wal;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>The LZ4 block format, as its description and the lz4 command have it.</summary>
public sealed class Lz4BlockCodecTests
{
    [Fact]
    public void A_length_that_runs_past_all_numbers_is_no_block()
    {
        const int ones = (int.MaxValue - 15) / 255;
        byte[] block = new byte[4 + ones + 17];
        (block[0], block[1], block[2]) = (0x1F, 0, 1);
        block.AsSpan(4, ones).Fill(255);
        block[4 + ones] = (int.MaxValue - 15) % 255;
        Assert.False(Lz4BlockCodec.Instance.TryDecompress(block, new byte[1]));
    }

    [Fact]
    public void Blocks_of_every_kind_and_length_come_back()
    {
        SplittableRandom random = new(1);
        for (int round = 0; round < WalWorld.Rounds(800); round++)
        {
            byte[] block = Draw(random, round < 300 ? round : random.Next(100_000));
            byte[] compressed = new byte[block.Length + (block.Length / 200) + 32];
            int length = Lz4BlockCodec.Instance.Compress(block, compressed);
            Assert.True(length > 0);
            byte[] back = new byte[block.Length];
            Assert.True(Lz4BlockCodec.Instance.TryDecompress(compressed.AsSpan(0, length), back), $"round {round}");
            Assert.True(back.AsSpan().SequenceEqual(block), $"round {round}");
        }
    }

    [Fact]
    public void What_does_not_fit_is_not_compressed()
    {
        byte[] block = Draw(new SplittableRandom(2), 0, 5000);
        Assert.Equal(0, Lz4BlockCodec.Instance.Compress(block, new byte[4500]));
        Assert.Equal(0, Lz4BlockCodec.Instance.Compress(block, []));
        byte[] zeros = new byte[5000];
        Assert.InRange(Lz4BlockCodec.Instance.Compress(zeros, new byte[64]), 1, 64);
    }

    [Fact]
    public void Changed_and_cut_blocks_are_refused_or_decoded_within_bounds()
    {
        SplittableRandom random = new(3);
        for (int round = 0; round < WalWorld.Rounds(5000); round++)
        {
            byte[] block = Draw(random, 1 + random.Next(2000));
            byte[] compressed = new byte[block.Length + 64];
            int length = Lz4BlockCodec.Instance.Compress(block, compressed);
            Span<byte> damaged = compressed.AsSpan(0, random.Chance(0.3) ? random.Next(length) : length);
            for (int i = 0; i < random.Next(4) && !damaged.IsEmpty; i++)
                damaged[random.Next(damaged.Length)] = (byte)random.NextUInt64();
            byte[] back = new byte[random.Chance(0.2) ? random.Next(3000) : block.Length];
            Lz4BlockCodec.Instance.TryDecompress(damaged, back);
        }
    }

    [Fact]
    public void Random_bytes_are_decoded_within_bounds()
    {
        SplittableRandom random = new(4);
        for (int round = 0; round < WalWorld.Rounds(20_000); round++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Lz4BlockCodec.Instance.TryDecompress(bytes, new byte[random.Next(1000)]);
        }
    }

    [Fact]
    public void The_lz4_command_reads_what_this_codec_writes()
    {
        if (!CommandIsInstalled())
            Assert.Skip("the lz4 command is not installed");
        SplittableRandom random = new(5);
        foreach (int length in new[] { 1, 12, 13, 14, 300, 65_536, 70_000, 1 << 20 })
        {
            for (int kind = 0; kind < 4; kind++)
            {
                byte[] block = Draw(random, kind, length);
                Assert.True(RunCommand("-d", Frame(block)).AsSpan().SequenceEqual(block), $"kind {kind}, {length} bytes");
            }
        }
    }

    [Fact]
    public void This_codec_reads_what_the_lz4_command_writes()
    {
        if (!CommandIsInstalled())
            Assert.Skip("the lz4 command is not installed");
        SplittableRandom random = new(6);
        foreach (string level in new[] { "-1", "-9", "-12" })
        {
            byte[] block = Draw(random, 2, 60_000);
            byte[] frame = RunCommand($"-z {level} --no-frame-crc", block);
            int start = 4 + 3 + ((frame[4] & 8) != 0 ? 8 : 0);
            int size = BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(start));
            Assert.True(size > 0, "the command compressed nothing");
            byte[] back = new byte[block.Length];
            Assert.True(Lz4BlockCodec.Instance.TryDecompress(frame.AsSpan(start + 4, size), back));
            Assert.True(back.AsSpan().SequenceEqual(block));
        }
    }

    private static byte[] Draw(SplittableRandom random, int length) => Draw(random, random.Next(4), length);

    private static byte[] Draw(SplittableRandom random, int kind, int length)
    {
        byte[] block = new byte[length];
        switch (kind)
        {
            case 0:
                random.NextBytes(block);
                break;
            case 1:
                int period = 1 + random.Next(9);
                for (int i = 0; i < length; i++)
                    block[i] = (byte)(i % period);
                break;
            case 2:
                for (int i = 0; i < length; i++)
                    block[i] = (byte)"key value put get "[random.Next(18)];
                for (int i = 0; i + 40 < length; i += 40 + random.Next(40))
                    block.AsSpan(random.Next(i + 1), 20).CopyTo(block.AsSpan(i));
                break;
            default:
                for (int i = 0; i < length; i++)
                    block[i] = random.Chance(0.05) ? (byte)random.NextUInt64() : (byte)7;
                break;
        }

        return block;
    }

    /// <summary>The frame that the command expects around blocks: the legacy one, which has no checksums.</summary>
    private static byte[] Frame(byte[] block)
    {
        byte[] compressed = new byte[block.Length + (block.Length / 200) + 32];
        int length = Lz4BlockCodec.Instance.Compress(block, compressed);
        byte[] frame = new byte[8 + length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0x184C2102);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), length);
        compressed.AsSpan(0, length).CopyTo(frame.AsSpan(8));
        return frame;
    }

    private static bool CommandIsInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(directory => File.Exists(Path.Combine(directory, "lz4")));

    private static byte[] RunCommand(string arguments, byte[] input)
    {
        string source = Path.GetTempFileName();
        string target = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(source, input);
            using Process process = Process.Start(new ProcessStartInfo("lz4", $"{arguments} -f -q {source} {target}"))!;
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(source);
            File.Delete(target);
        }
    }
}
