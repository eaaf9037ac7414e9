using System.Text;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>Random batches, applied to a store and to the model alike.</summary>
internal sealed class MvccScenario(SplittableRandom random, int keySpace, int valueBytesMax)
{
    public VersionModel Model { get; private set; } = new();

    public long Index { get; private set; }

    public byte[] Key()
    {
        int number = random.Next(keySpace);
        if (number % 11 == 7)
            return Long(number);
        return (number % 3) switch
        {
            0 => Encoding.ASCII.GetBytes($"app/{number:D5}"),
            1 => [(byte)number, 0, (byte)(number >> 8), 0],
            _ => Encoding.ASCII.GetBytes(new string((char)('a' + number % 7), 1 + number % 90)),
        };
    }

    // Longer than a page of the tests holds, and the same but for the last bytes.
    private static byte[] Long(int number)
    {
        var key = new byte[300 + number % 3 * 900];
        key.AsSpan().Fill((byte)'L');
        key[^1] = (byte)number;
        key[^2] = (byte)(number >> 8);
        return key;
    }

    public RangeQuery Range(long revision = 0)
    {
        byte[] end = random.Next(4) switch { 0 => [], 1 => [0], _ => Key() };
        return new RangeQuery { Key = Key(), RangeEnd = end, Revision = revision };
    }

    /// <summary>One batch of a few commands; committed, or dropped now and then.</summary>
    public void Batch(MvccStore store)
    {
        VersionModel before = Model.Copy();
        using MvccWriteTransaction batch = store.BeginWrite();
        for (int commands = 1 + random.Next(6); commands > 0; commands--)
            Command(batch);
        if (random.Chance(0.1))
        {
            Model = before;
            return;
        }
        batch.Commit(new StorePosition(1, ++Index));
    }

    /// <summary>A batch that may find the disk full; then nothing of it took place.</summary>
    public bool TryBatch(MvccStore store)
    {
        VersionModel before = Model.Copy();
        try
        {
            Batch(store);
            return true;
        }
        catch (StorageFullException)
        {
            Model = before;
            return false;
        }
    }

    /// <summary>Deletes whatever key is left, and compacts.</summary>
    public void DeleteEverything(MvccStore store, long compactTo)
    {
        using MvccWriteTransaction batch = store.BeginWrite();
        int order = 0;
        var all = new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] };
        Assert.Equal(Model.Delete(all, ref order), batch.DeleteRange(all.Key, all.RangeEnd));
        Model.Compacted = compactTo;
        Assert.Equal(RevisionStatus.Ok, batch.Compact(compactTo));
        batch.Commit(new StorePosition(1, ++Index));
    }

    private void Command(MvccWriteTransaction batch)
    {
        batch.BeginCommand();
        int order = 0;
        for (int changes = 1 + random.Next(4); changes > 0; changes--)
        {
            if (random.Chance(0.2))
            {
                RangeQuery range = random.Chance(0.8) ? new RangeQuery { Key = Key() } : Range();
                Assert.Equal(Model.Delete(range, ref order), batch.DeleteRange(range.Key, range.RangeEnd));
                continue;
            }
            byte[] key = Key();
            var value = new byte[random.Chance(0.05) ? random.Next(valueBytesMax * 20) : random.Next(valueBytesMax)];
            random.NextBytes(value);
            long lease = random.Chance(0.2) ? random.Next(5) - 2 : 0;
            Model.Put(key, value, lease, ref order);
            Assert.Equal(Model.Revision, batch.Put(key, value, lease));
        }
        Assert.Equal(Model.Revision, batch.Revision);
        byte[] probe = Key();
        Expect.Equal(Model.Get(probe, long.MaxValue), batch.Get(probe));
        if (random.Chance(0.05) && Model.Compacted < Model.Revision)
        {
            Model.Compacted += 1 + random.Next(Model.Revision - Model.Compacted);
            Assert.Equal(RevisionStatus.Ok, batch.Compact(Model.Compacted));
        }
    }
}
