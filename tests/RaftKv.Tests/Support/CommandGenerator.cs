using RaftKv.Commands;
using RaftKv.Raft;
using RaftKv.Transactions;

namespace RaftKv.Tests.Support;

/// <summary>Draws commands over a small set of keys, so that they meet each other.</summary>
internal sealed class CommandGenerator(SplittableRandom random, int keys = 8)
{
    /// <summary>The newest revision that draws of old revisions and compactions aim at.</summary>
    public long Revision { get; set; } = 1;

    public StoreCommand Command()
    {
        double draw = random.NextDouble();
        if (draw < 0.03)
            return new CompactCommand(Revision - 3 + random.Next(5));
        if (draw < 0.45)
            return new OperationCommand(Put());
        if (draw < 0.6)
            return new OperationCommand(Delete());
        return new OperationCommand(Operation.Nested(NextTransaction(2)));
    }

    public byte[] Key() => [(byte)'k', (byte)('a' + random.Next(keys))];

    public byte[] Value()
    {
        byte[] value = new byte[random.Next(6)];
        random.NextBytes(value);
        return value;
    }

    public KeyRange Range() => random.Next(5) switch
    {
        0 => KeyRange.All,
        1 => KeyRange.From(Key()),
        2 => KeyRange.Between(Key(), Key()),
        3 => KeyRange.Prefix(random.Chance(0.5) ? Key() : "k"u8.ToArray()),
        _ => KeyRange.Single(Key()),
    };

    public Operation Put() => Operation.Put(Key(), Value(), new PutOptions { ReturnPrevious = random.Chance(0.3) });

    public Operation Delete() => Operation.Delete(Range(), new DeleteOptions { ReturnPrevious = random.Chance(0.5) });

    /// <summary>A transaction that <see cref="WriteSet"/> accepts.</summary>
    public Transaction NextTransaction(int depth)
    {
        while (true)
        {
            Transaction drawn = Draw(depth);
            try
            {
                WriteSet.Check(drawn);
                return drawn;
            }
            catch (InvalidRequestException)
            {
                continue;       // drawn again
            }
        }
    }

    private Transaction Draw(int depth) =>
        Transaction.When(Many(2, NextCompare)).Then(Many(4, () => Step(depth))).Else(Many(3, () => Step(depth)));

    private Operation Step(int depth)
    {
        double draw = random.NextDouble();
        if (draw < 0.4)
            return Put();
        if (draw < 0.5)
            return Delete();
        if (draw < 0.9 || depth == 0)
        {
            RangeOptions options = new() { Limit = random.Next(4), KeysOnly = random.Chance(0.2), Revision = OldRevision() };
            return Operation.Range(Range(), options);
        }
        return Operation.Nested(Draw(depth - 1));
    }

    private long OldRevision() => random.Chance(0.85) ? 0 : Math.Max(0, Revision - random.Next(4) + (random.Chance(0.1) ? 3 : 0));

    private Compare NextCompare() => random.Next(4) switch
    {
        0 => Relate(Compare.Version(Range()), random.Next(3)),
        1 => Relate(Compare.CreateRevision(Range()), random.Next((int)Revision + 2)),
        2 => Relate(Compare.ModRevision(Range()), random.Next((int)Revision + 2)),
        _ => Relate(Compare.Value(Range())),
    };

    private Compare Relate(CompareNumber left, long number) => random.Next(4) switch
    {
        0 => left.Equal(number),
        1 => left.NotEqual(number),
        2 => left.Greater(number),
        _ => left.Less(number),
    };

    private Compare Relate(CompareValue left) => random.Next(4) switch
    {
        0 => left.Equal(Value()),
        1 => left.NotEqual(Value()),
        2 => left.Greater(Value()),
        _ => left.Less(Value()),
    };

    private List<T> Many<T>(int max, Func<T> one) => [.. Enumerable.Range(0, random.Next(max + 1)).Select(_ => one())];
}
