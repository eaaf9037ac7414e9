namespace RaftKv.Raft.Replication;

/// <summary>Remembers which of one run's increasing request numbers were taken, for the newest 65,536 of them.</summary>
internal sealed class RequestWindow
{
    private const int Size = 65_536;
    private const int WordBits = 64;

    private readonly ulong[] _taken = new ulong[Size / WordBits];
    private long _highest = -1;

    /// <summary>Takes a number, once: false for one that was taken or is too old to tell.</summary>
    public bool TryTake(long requestId)
    {
        if (requestId < 0 || requestId <= _highest - Size)
            return false;
        if (requestId > _highest)
        {
            ForgetBetween(_highest, requestId);
            _highest = requestId;
        }
        else if (!Mutation.Is(Mutant.TakeForwardedTwice) && (Word(requestId) & Bit(requestId)) != 0)
            return false;
        Word(requestId) |= Bit(requestId);
        return true;
    }

    /// <summary>Whether a number was taken, or is too old to tell.</summary>
    public bool MayHaveTaken(long requestId) =>
        requestId <= _highest && (requestId <= _highest - Size || (Word(requestId) & Bit(requestId)) != 0);

    private static ulong Bit(long requestId) => 1UL << (int)(requestId % WordBits);

    private ref ulong Word(long requestId) => ref _taken[requestId / WordBits % _taken.Length];

    // The places of the numbers skipped still carry what stood there one window ago.
    private void ForgetBetween(long highest, long requestId)
    {
        if (requestId - Size >= highest)
        {
            _taken.AsSpan().Clear();
            return;
        }
        for (long id = requestId; id > highest; id--)
            Word(id) &= ~Bit(id);
    }
}
