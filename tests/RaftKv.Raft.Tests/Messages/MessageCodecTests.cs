using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Messages;

/// <summary>The wire format of messages.</summary>
public sealed class MessageCodecTests
{
    [Fact]
    public void Every_kind_of_message_has_a_sample()
    {
        IEnumerable<MessageKind> sampled = MessageSamples.All.Select(message => message.Kind);
        Assert.Equal(Enum.GetValues<MessageKind>(), sampled);
        int family = typeof(Message).Assembly.GetTypes().Count(type => type.IsSubclassOf(typeof(Message)));
        Assert.Equal(MessageSamples.All.Count, family);
    }

    [Fact]
    public void A_message_written_and_read_back_is_written_the_same_again()
    {
        foreach (Message message in MessageSamples.All)
        {
            byte[] bytes = Write(message);
            Assert.Equal(OperationStatus.Done, MessageCodec.TryRead(bytes, out Message? read));
            Assert.Equal(TracePrinter.Message(message), TracePrinter.Message(read!));
            Assert.Equal(bytes, Write(read!));
        }
    }

    [Fact]
    public void The_bytes_of_every_kind_are_the_golden_ones()
    {
        StringBuilder text = new();
        foreach (Message message in MessageSamples.All)
            text.Append(message.Kind).Append(' ').Append(Convert.ToHexString(Write(message))).Append('\n');
        string path = GoldenPath();
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
            File.WriteAllText(path, text.ToString());
        Assert.Equal(File.ReadAllText(path), text.ToString());
    }

    [Fact]
    public void A_message_cut_short_or_too_long_is_refused()
    {
        foreach (Message message in MessageSamples.All)
        {
            byte[] bytes = Write(message);
            for (int length = 0; length < bytes.Length; length++)
                Assert.NotEqual(OperationStatus.Done, MessageCodec.TryRead(bytes.AsSpan(0, length), out _));
            Assert.Equal(OperationStatus.InvalidData, MessageCodec.TryRead([.. bytes, 0], out _));
        }
    }

    [Fact]
    public void Another_version_or_an_unknown_kind_is_refused()
    {
        byte[] bytes = Write(MessageSamples.All[0]);
        bytes[0] = MessageCodec.Version + 1;
        Assert.Equal(OperationStatus.InvalidData, MessageCodec.TryRead(bytes, out _));
        bytes[0] = MessageCodec.Version;
        bytes[1] = 200;
        Assert.Equal(OperationStatus.InvalidData, MessageCodec.TryRead(bytes, out _));
    }

    [Fact]
    public void Mutated_bytes_are_refused_or_read_as_a_message_that_is_written_the_same_again() =>
        Rounds.ForSeeds(20_000, nameof(Mutated_bytes_are_refused_or_read_as_a_message_that_is_written_the_same_again), seed =>
        {
            SplittableRandom random = new(seed);
            byte[] bytes = Write(MessageSamples.All[random.Next(MessageSamples.All.Count)]);
            for (int flips = 1 + random.Next(4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = random.Chance(0.3) ? (byte)0xFF : (byte)random.Next(256);
            if (MessageCodec.TryRead(bytes, out Message? read) == OperationStatus.Done)
                Assert.Equal(bytes, Write(read!));
        });

    [Fact]
    public void A_mutated_message_never_breaks_the_core()
    {
        Rounds.ForSeeds(5_000, nameof(A_mutated_message_never_breaks_the_core), seed =>
        {
            SplittableRandom random = new(seed);
            RaftOptions options = new() { Self = new NodeId(3), Group = new GroupId(7) };
            RaftRestore restore = new() { Configuration = Configuration.Of(1, 2, 3) };
            RaftCore core = new(options, restore, random.Fork("core"));
            for (int i = 0; i < 20; i++)
            {
                byte[] bytes = Write(MessageSamples.All[random.Next(MessageSamples.All.Count)]);
                bytes[random.Next(bytes.Length)] = (byte)random.Next(4);
                if (MessageCodec.TryRead(bytes, out Message? read) == OperationStatus.Done)
                    core.Receive(read!);
                while (core.HasReady)
                    core.Persisted(core.TakeReady().Number);
            }
            Assert.Null(core.Status.Fault);
        });
    }

    private static byte[] Write(Message message)
    {
        ArrayBufferWriter<byte> buffer = new();
        MessageCodec.Write(message, buffer);
        Assert.Equal(MessageCodec.Measure(message), buffer.WrittenCount);
        return buffer.WrittenSpan.ToArray();
    }

    private static string GoldenPath([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "MessageCodec.golden.txt");
}
