using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// The work that can be put off, in slices: first what compaction made unreadable is removed, then pages move towards the beginning of the
/// file so that it can end earlier. Both free places with the next checkpoint only, so that they ask for one.
/// </summary>
internal sealed class Housekeeper(MvccStore owner, TreeStore store)
{
    // What a round moved makes the file shorter one checkpoint later, and a free list at its end only leaves after two. When the file is
    // no shorter after that than it has been since the last sweep, something is in the way, such as a reader of long ago or a busy writer:
    // then one round for each checkpoint that comes anyway.
    private const int FutileRoundsMax = 3;

    private readonly HistorySweeper _sweeper = new(owner.Writer);
    private long _lastSlice;       // its transaction
    private uint _pagesMin = uint.MaxValue;     // of the file, when a round ended since the last sweep
    private int _futileRounds;
    private bool _isInRound;

    /// <summary>Whether slices freed so much that a checkpoint is worth its cost, and no more can be freed before it.</summary>
    public bool AwaitsCheckpoint => !SweepDue && !_isInRound && _futileRounds < FutileRoundsMax
        && _lastSlice > store.Durable.Transaction && store.Shrinker.WillBeDue;

    /// <summary>Whether a slice would find something to do.</summary>
    public bool IsDue => SweepDue || _isInRound || (store.Shrinker.IsDue && MayBeginRound);

    private bool SweepDue => owner.CompactionPending;

    private bool MayBeginRound => _futileRounds < FutileRoundsMax
        ? _lastSlice <= store.Durable.Transaction
        : _lastSlice < store.Durable.Transaction;

    /// <summary>Removes compacted versions as a batch of its own; whether more are left.</summary>
    public bool Sweep(int changesMax)
    {
        if (!SweepDue)
            return false;
        using MvccWriteTransaction batch = owner.BeginSlice();
        _sweeper.Step(batch.Transaction, batch.Versions, changesMax);
        Commit(batch);
        _futileRounds = 0;
        _pagesMin = uint.MaxValue;
        return SweepDue;
    }

    /// <summary>Moves pages as a batch of its own; whether the round over the trees is unfinished.</summary>
    public bool Shrink(int pagesMax)
    {
        using MvccWriteTransaction batch = owner.BeginSlice();
        _isInRound = store.Shrinker.Step(batch.Transaction, pagesMax);
        Commit(batch);
        if (_isInRound)
            return true;
        _futileRounds = store.FreeList.PageCount < _pagesMin ? 0 : _futileRounds + 1;
        _pagesMin = Math.Min(_pagesMin, store.FreeList.PageCount);
        return false;
    }

    private void Commit(MvccWriteTransaction batch)
    {
        _lastSlice = batch.Transaction.Number;
        batch.Commit(owner.Applied);
    }
}
