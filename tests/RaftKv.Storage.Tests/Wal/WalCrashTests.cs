using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;
using RaftKv.Testing.Disk;

namespace RaftKv.Storage.Tests.Wal;

/// <summary>
/// Whatever a crash leaves, the log opens by itself; every batch that was acknowledged is there, the one under way is there
/// whole or not at all.
/// </summary>
public sealed class WalCrashTests
{
    [Fact]
    public void A_log_holds_what_a_plain_list_holds()
    {
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(10); seed++)
        {
            Run run = new(seed);
            for (int life = 0; life < 5; life++)
                run.Live(steps: 60, crashAfter: long.MaxValue);
        }
    }

    [Fact]
    public void A_crash_at_any_operation_loses_no_acknowledged_batch_and_shows_no_half_of_one()
    {
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(3); seed++)
        {
            for (long crashAfter = 1; ; crashAfter++)
            {
                Run run = new(seed);
                if (!run.Live(steps: 25, crashAfter))
                    break;
                run.Live(steps: 3, crashAfter: long.MaxValue);
            }
        }
    }

    [Fact]
    public void Crash_after_crash_also_while_opening_loses_nothing()
    {
        for (ulong seed = 0; seed < (ulong)WalWorld.Rounds(60); seed++)
        {
            Run run = new(seed);
            SplittableRandom random = new(seed + 1000);
            for (int life = 0; life < 30; life++)
                run.Live(steps: 1 + random.Next(20), crashAfter: 1 + random.Next(30));
        }
    }

    /// <summary>One disk through several lives, against the model.</summary>
    private sealed class Run(ulong seed)
    {
        private readonly SimulatedDisk _disk = WalWorld.Disk(seed);
        private readonly SplittableRandom _random = new SplittableRandom(seed).Fork("workload");
        private WalModel _model = new();
        private WalModel? _underWay;

        /// <summary>Opens, compares, appends and releases. True when it ended in a crash.</summary>
        public bool Live(int steps, long crashAfter)
        {
            long last = crashAfter == long.MaxValue ? long.MaxValue : _disk.Operations + crashAfter;
            _disk.Faults = operation => operation.Number == last ? DiskFault.Crash : DiskFault.None;
            try
            {
                WriteAheadLog log = WalWorld.Open(_disk, isAhead: seed % 2 == 1);
                Compare(log);
                for (int step = 0; step < steps; step++)
                    Step(log);
                log.Dispose();
            }
            catch (StorageFailedException) when (_disk.IsOff)
            {
                _disk.Crash();
                return true;
            }

            if (!_disk.IsOff)
                return false;
            _disk.Crash();
            return true;
        }

        private void Step(WriteAheadLog log)
        {
            if (_random.Chance(0.15))
            {
                long group = _random.Next(3);
                long through = _model.First(group) + _random.Next(_model.Last(group) - _model.First(group) + 3);
                _model.Release(group, through);
                log.Release(group, through);
                return;
            }

            (WalBatch batch, WalModel after) = _model.DrawBatch(_random, _random.Chance(0.1) ? 30_000 : 700);
            _underWay = after;
            log.Append(batch);
            _model = after;
            _underWay = null;
        }

        private void Compare(WriteAheadLog log)
        {
            _model.RepeatReleases(log);
            string? difference = _model.Difference(log);
            if (difference is not null && _underWay is not null && _underWay.Difference(log) is null)
                (difference, _model) = (null, _underWay);
            _underWay = null;
            Assert.True(difference is null, $"seed {seed}: {difference}");
        }
    }
}
