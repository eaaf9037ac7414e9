using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>
/// One run of a store whose every crash state is opened and compared with what was recorded when the batch at its position was committed.
/// </summary>
internal sealed class CrashRun
{
    private const int ThoroughEvery = 16;

    private static readonly MvccOptions Options = new() { PageSizeBytes = 1024, CacheBytes = 1 << 20, ReserveBytes = 64 << 10 };
    private static readonly byte[] First = new byte[1];

    private readonly ulong _seed;
    private readonly CrashRunShape _shape;
    private readonly SplittableRandom _random;
    private readonly SimulatedDisk _disk;
    private readonly MvccScenario _scenario;
    private readonly CrashExplorer _explorer;
    private readonly Dictionary<long, Recorded> _recorded = [];
    private long _index;
    private long _durable;
    private long _underWay;

    public CrashRun(ulong seed, CrashRunShape shape)
    {
        _seed = seed;
        _shape = shape;
        _random = new SplittableRandom(seed);
        _disk = new SimulatedDisk(_random.Fork("disk"));
        _scenario = new MvccScenario(_random.Fork("scenario"), shape.Keys, shape.ValueBytesMax);
        _explorer = new CrashExplorer(_disk, _random.Fork("crashes"), shape.StatesMax);
    }

    private sealed record Recorded(VersionModel Model, uint Hash);

    /// <summary>Runs, and looks at every state before every operation and at the end.</summary>
    public CrashExplorer Explore()
    {
        using (MvccStore empty = MvccStore.Open(new SimulatedDisk(_random.Fork("empty")).Root, Options))
            Record(empty);
        _explorer.Watch(Verify);
        using (MvccStore store = MvccStore.Open(_disk.Root, Options))
        {
            for (int step = 1; step <= _shape.Steps; step++)
                Step(store, step);
            if (_shape.Fills)
                Fill(store);
            if (_shape.Empties)
                Empty(store);
        }
        _explorer.Explore(Verify);
        return _explorer;
    }

    private void Step(MvccStore store, int step)
    {
        _scenario.Batch(store);
        _index = _scenario.Index;
        Record(store);
        store.CompactStep(10);
        if (step % 4 == 0)
            store.ShrinkStep(5);
        if (_random.Chance(0.3))
            Checkpoint(store);
    }

    // The disk is full as the run finds it. Puts use up what the file has and are refused, deletions and checkpoints go on from the reserve,
    // and when there is room again the reserve is made anew.
    private void Fill(MvccStore store)
    {
        _disk.CapacityBytes = _disk.UsedBytes;
        while (TryStep(store))
        {
        }
        Assert.False(TryStep(store));
        for (int round = 0; round < 3; round++)
        {
            DeleteSome(store, (byte)(64 * round), (byte)(64 * (round + 1)));
            while (store.CompactStep(8))
            {
            }
            Checkpoint(store);
        }
        _disk.CapacityBytes = long.MaxValue;
        Assert.True(TryStep(store));
        Checkpoint(store);
        Assert.Empty(store.Check().Defects);
    }

    private bool TryStep(MvccStore store)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            try
            {
                batch.Put([(byte)_index, 7], new byte[600]);
            }
            catch (StorageFullException)
            {
                return false;
            }
            batch.Commit(new StorePosition(1, ++_index));
        }
        int order = 0;
        _scenario.Model.Put([(byte)(_index - 1), 7], new byte[600], 0, ref order);
        Record(store);
        return true;
    }

    private void DeleteSome(MvccStore store, byte from, byte to)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            int order = 0;
            var range = new RangeQuery { Key = new[] { from }, RangeEnd = new[] { to } };
            Assert.Equal(_scenario.Model.Delete(range, ref order), batch.DeleteRange(range.Key, range.RangeEnd));
            _scenario.Model.Compacted = _scenario.Model.Revision;
            Assert.NotEqual(RevisionStatus.Future, batch.Compact(batch.Revision));
            batch.Commit(new StorePosition(1, ++_index));
        }
        Record(store);
    }

    private void Empty(MvccStore store)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            int order = 0;
            VersionModel model = _scenario.Model;
            Assert.Equal(model.Delete(new RangeQuery { Key = First, RangeEnd = First }, ref order), batch.DeleteRange(First, First));
            batch.BeginCommand();
            order = 0;
            model.Put([1], [2], 0, ref order);
            batch.Put([1], [2]);
            model.Compacted = model.Revision;
            Assert.Equal(RevisionStatus.Ok, batch.Compact(model.Revision));
            batch.Commit(new StorePosition(1, ++_index));
        }
        Record(store);
        for (bool more = true; more;)
        {
            more = store.CompactStep(40);
            Checkpoint(store);
        }
        for (int round = 0; round < 3; round++)
        {
            while (store.ShrinkStep(20))
            {
            }
            Checkpoint(store);
        }
    }

    private void Record(MvccStore store)
    {
        using MvccReadTransaction view = store.BeginRead();
        Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
        _recorded[_index] = new Recorded(_scenario.Model.Copy(), hash);
    }

    private void Checkpoint(MvccStore store)
    {
        _underWay = _index;
        store.Checkpoint();
        _durable = _underWay;
    }

    private void Verify(SimulatedDisk state)
    {
        try
        {
            using MvccStore store = MvccStore.Open(state.Root, Options);
            VerifyStore(store);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"seed {_seed}, operation {_disk.Operations}, state {_explorer.States}, checkpoint {_durable} to {_underWay}", exception);
        }
    }

    private void VerifyStore(MvccStore store)
    {
        Assert.Contains(store.Applied.Index, new[] { _durable, _underWay });
        Assert.Equal(store.Applied, store.Durable);
        Assert.Empty(store.Check().Defects);
        Recorded recorded = _recorded[store.Applied.Index];
        using (MvccReadTransaction view = store.BeginRead())
        {
            Assert.Equal(recorded.Model.Revision, view.Revision);
            Assert.Equal(recorded.Model.Compacted, view.CompactedRevision);
            Assert.Equal(RevisionStatus.Ok, view.TryHash(0, out uint hash));
            Assert.Equal(recorded.Hash, hash);
            Expect.SameRange(recorded.Model, view, new RangeQuery { Key = First, RangeEnd = First });
            if (_explorer.States % ThoroughEvery == 0)
                VerifyHistory(recorded.Model, view);
        }
        if (_explorer.States % ThoroughEvery == 0)
            GoOn(store);
    }

    private void VerifyHistory(VersionModel model, MvccReadTransaction view)
    {
        SplittableRandom random = new(_seed + (ulong)_explorer.States);
        Expect.SameView(model, view, new MvccScenario(random, _shape.Keys, _shape.ValueBytesMax), random);
    }

    // Pages that the crash left behind must be free for what comes after it.
    private static void GoOn(MvccStore store)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            for (int i = 0; i < 20; i++)
                batch.Put([(byte)i, (byte)i], new byte[200]);
            batch.Commit(store.Applied);
        }
        store.Checkpoint();
        Assert.Empty(store.Check().Defects);
    }
}
