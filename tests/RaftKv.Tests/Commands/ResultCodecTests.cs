using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RaftKv.Commands;
using RaftKv.Raft;
using RaftKv.Tests.Support;
using RaftKv.Transactions;

namespace RaftKv.Tests.Commands;

/// <summary>Results as bytes: what is written is read back, and nothing else is accepted quietly.</summary>
public sealed class ResultCodecTests
{
    [Fact]
    public void What_is_written_is_read_back() => Rounds.Run(2000, random =>
    {
        StoreResult result = Result(random);

        Assert.Equal(OperationStatus.Done, ResultCodec.TryRead(ResultCodec.Write(result), out StoreResult? read));

        Assert.Equal(Text.Of(result), Text.Of(read!));
    });

    [Fact]
    public void Every_proper_prefix_is_refused() => Rounds.Run(200, random =>
    {
        ReadOnlyMemory<byte> bytes = ResultCodec.Write(Result(random));
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(OperationStatus.InvalidData, ResultCodec.TryRead(bytes[..length], out _));
    });

    [Fact]
    public void Any_bytes_at_all_never_throw() =>
        Prop.ForAll<byte[]>(noise =>
        {
            byte[] bytes = [ResultCodec.Version, 1, .. noise];
            OperationStatus status = ResultCodec.TryRead(bytes, out StoreResult? result);
            return (status == OperationStatus.Done) == (result is not null);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000 * Rounds.Factor));

    private static StoreResult Result(SplittableRandom random) => new()
    {
        Status = (StoreStatus)random.Range(1, 5),
        Revision = random.Next(long.MaxValue),
        CompactedRevision = random.Next(1000),
        RequestedRevision = random.Next(1000) - 500,
        Operation = random.Chance(0.2) ? null : Operation(random, 3),
    };

    private static OperationResult Operation(SplittableRandom random, int depth) => random.Next(depth == 0 ? 3 : 4) switch
    {
        0 => new PutResult { Revision = random.Next(100), Previous = random.Chance(0.5) ? Pair(random) : null },
        1 => new DeleteResult { Revision = random.Next(100), Deleted = random.Next(5), Previous = Pairs(random) },
        2 => new RangeResult { Revision = random.Next(100), Count = random.Next(500), More = random.Chance(0.5), Items = Pairs(random) },
        _ => new TransactionResult
        {
            Revision = random.Next(100),
            Succeeded = random.Chance(0.5),
            Results = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Operation(random, depth - 1))],
        },
    };

    private static KeyValue[] Pairs(SplittableRandom random) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Pair(random))];

    private static KeyValue Pair(SplittableRandom random)
    {
        CommandGenerator generator = new(random);
        return new KeyValue
        {
            Key = generator.Key(),
            Value = generator.Value(),
            CreateRevision = random.Next(1000),
            ModRevision = random.Next(1000),
            Version = random.Next(1000),
        };
    }
}
