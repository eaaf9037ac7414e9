using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The pause before the next attempt to connect: doubling, with jitter so that members do not knock in step.</summary>
internal sealed class Backoff(ulong seed)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly SplittableRandom _random = new(seed);
    private TimeSpan _next = Shortest;

    public TimeSpan Next()
    {
        TimeSpan pause = _next * (0.5 + _random.NextDouble() / 2);
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return pause;
    }

    public void Reset() => _next = Shortest;
}
