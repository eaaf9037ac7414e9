using RaftKv.Raft;
using RaftKv.Testing.Checkers;
using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Tests.Checkers;

/// <summary>Histories of a few calls on two keys that often are, and often are just not, linearizable.</summary>
internal static class SmallHistories
{
    private static readonly string[] Calls =
    [
        "put x 1", "put x 2", "put y 1", "del x", "get x", "get x", "get y", "range a z", "txn x=1 ? put x 2 : get x",
        "txn x=- ? put x 1 ; put y 2 : get y", "txn x=2 y=1 ? del y :",
    ];

    /// <summary>Runs calls at random moments of their time against the model, then spoils an answer now and then.</summary>
    public static List<TimedCall<StoreCall, StoreAnswer>> Draw(SplittableRandom random)
    {
        int count = 3 + random.Next(4);
        double unknown = random.Chance(0.5) ? 0.2 : 0.6;
        (StoreCall Call, long Start, long Moment, long End)[] drawn = new (StoreCall, long, long, long)[count];
        for (int i = 0; i < count; i++)
        {
            long start = random.Next(20);
            long moment = start + random.Next(6);
            drawn[i] = (StoreCall.Parse(Calls[random.Next(Calls.Length)]), start, moment, moment + random.Next(6));
        }
        StoreModel model = new(drawn.Select(call => call.Call));
        StoreModelState state = model.Initial;
        List<TimedCall<StoreCall, StoreAnswer>> history = [];
        foreach ((StoreCall call, long start, long _, long end) in drawn.OrderBy(call => call.Moment))
        {
            bool isPending = random.Chance(unknown);
            StoreModelState next = model.Apply(state, call, out StoreAnswer answer);
            if (!isPending || random.Chance(0.5))
                state = next;
            if (random.Chance(0.15))
                model.Apply(model.Initial.With("x", "1"), call, out answer);
            history.Add(new TimedCall<StoreCall, StoreAnswer>(call, start, isPending ? long.MaxValue : end, answer));
        }
        return history;
    }
}
