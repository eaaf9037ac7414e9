using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RaftKv.Commands;
using RaftKv.Tests.Support;
using RaftKv.Transactions;

namespace RaftKv.Tests.Commands;

/// <summary>The command language as bytes: what is written is read back, and nothing else is accepted quietly.</summary>
public sealed class CommandCodecTests
{
    [Fact]
    public void What_is_written_is_read_back() => Rounds.Run(2000, random =>
    {
        StoreCommand command = new CommandGenerator(random).Command();

        Assert.Equal(OperationStatus.Done, CommandCodec.TryRead(CommandCodec.Write(command), out StoreCommand? read));

        Assert.Equal(Text.Of(command), Text.Of(read!));
    });

    [Fact]
    public void Every_proper_prefix_is_refused() => Rounds.Run(200, random =>
    {
        ReadOnlyMemory<byte> bytes = CommandCodec.Write(new CommandGenerator(random).Command());
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(OperationStatus.InvalidData, CommandCodec.TryRead(bytes[..length], out _));
    });

    [Fact]
    public void A_byte_too_many_is_refused() => Rounds.Run(200, random =>
    {
        byte[] bytes = [.. CommandCodec.Write(new CommandGenerator(random).Command()).Span, (byte)random.Next(256)];

        Assert.Equal(OperationStatus.InvalidData, CommandCodec.TryRead(bytes, out _));
    });

    [Fact]
    public void An_unknown_version_is_refused()
    {
        byte[] bytes = CommandCodec.Write(new CompactCommand(7)).ToArray();
        bytes[0]++;

        Assert.Equal(OperationStatus.InvalidData, CommandCodec.TryRead(bytes, out StoreCommand? command));
        Assert.Null(command);
    }

    [Fact]
    public void A_flipped_bit_never_throws() => Rounds.Run(2000, random =>
    {
        byte[] bytes = CommandCodec.Write(new CommandGenerator(random).Command()).ToArray();
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));

        OperationStatus status = CommandCodec.TryRead(bytes, out StoreCommand? command);

        Assert.Equal(status == OperationStatus.Done, command is not null);
        if (command is not null)
            Assert.Equal(OperationStatus.Done, CommandCodec.TryRead(CommandCodec.Write(command), out _));
    });

    [Fact]
    public void Any_bytes_at_all_never_throw() =>
        Prop.ForAll<byte[]>(noise =>
        {
            byte[] bytes = [CommandCodec.Version, .. noise];
            OperationStatus status = CommandCodec.TryRead(bytes, out StoreCommand? command);
            return (status == OperationStatus.Done) == (command is not null);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000 * Rounds.Factor));

    [Fact]
    public void A_range_or_an_empty_key_is_no_command_of_its_own()
    {
        ReadOnlyMemory<byte> range = CommandCodec.Write(new OperationCommand(Operation.Get("k")));
        ReadOnlyMemory<byte> empty = CommandCodec.Write(new OperationCommand(Operation.Put("", "v")));

        Assert.Equal(OperationStatus.InvalidData, CommandCodec.TryRead(range, out _));
        Assert.Equal(OperationStatus.InvalidData, CommandCodec.TryRead(empty, out _));
    }

    [Fact]
    public void Nesting_beyond_the_bound_is_refused_instead_of_overflowing_the_stack()
    {
        Transaction transaction = Transaction.When();
        for (int depth = 0; depth < CommandCodec.DepthMax + 1; depth++)
            transaction = Transaction.Always(Operation.Nested(transaction));

        ReadOnlyMemory<byte> bytes = CommandCodec.Write(new OperationCommand(Operation.Nested(transaction)));

        Assert.Equal(OperationStatus.InvalidData, CommandCodec.TryRead(bytes, out _));
    }

    [Fact]
    public void A_large_count_alone_takes_no_memory()
    {
        byte[] bytes = new byte[1 << 20];
        byte[] head = [CommandCodec.Version, 4, 0xFF, 0xFF, 0x03];     // a transaction of 65,535 comparisons, none of which is there
        head.CopyTo(bytes, 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        OperationStatus status = CommandCodec.TryRead(bytes, out _);

        Assert.Equal(OperationStatus.InvalidData, status);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }
}
