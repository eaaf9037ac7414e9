using RaftKv.Raft;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Tests.Trees;

/// <summary>Random changes, made to a plain tree and to a sorted dictionary alike.</summary>
internal sealed class BTreeScenario(SplittableRandom random)
{
    public static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    public SortedDictionary<byte[], byte[]> Model { get; private set; } = new(ByBytes);

    public SortedDictionary<byte[], byte[]> Copy() => new(Model, ByBytes);

    /// <summary>Takes the model back to a copy made before.</summary>
    public void Restore(SortedDictionary<byte[], byte[]> copy) => Model = copy;

    /// <summary>A put, now and then of a large value or a long key, or a deletion of a key or a range.</summary>
    public void Change(BTreeWriteTransaction transaction, bool deletes)
    {
        byte[] key = Key();
        if (random.Chance(0.02))
        {
            DeleteRange(transaction, key, random.Chance(0.2) ? [] : Key());
            return;
        }
        if (random.Chance(deletes ? 0.9 : 0.2))
        {
            byte[] victim = Model.Keys.FirstOrDefault(other => ByBytes.Compare(other, key) >= 0) ?? key;
            Assert.Equal(Model.Remove(victim), transaction.Delete(victim));
            return;
        }
        var value = new byte[random.Chance(0.05) ? random.Next(9000) : random.Next(120)];
        random.NextBytes(value);
        Assert.Equal(!Model.ContainsKey(key), transaction.Put(key, value));
        Model[key] = value;
    }

    /// <summary>One in eight is long; of those most begin with the same bytes, many with the same thousands.</summary>
    public byte[] Key()
    {
        bool isLong = random.Chance(0.125);
        int length = !isLong ? 1 + random.Next(12) : 1 + random.Next(random.Chance(0.05) ? BTreeStore.KeyBytesMax : 2500);
        var key = new byte[length];
        for (int i = 0; i < length; i++)
            key[i] = (byte)(i % 3);
        int changed = isLong && random.Chance(0.8) ? Math.Max(0, length - 3) : 0;
        for (int i = changed; i < length; i++)
            key[i] = random.Chance(isLong && changed == 0 ? 0.999 : 0.8) ? key[i] : (byte)random.Next(256);
        return key;
    }

    private void DeleteRange(BTreeWriteTransaction transaction, byte[] from, byte[] to)
    {
        List<byte[]> gone = Model.Keys.Where(key => ByBytes.Compare(key, from) >= 0
            && (to.Length == 0 || ByBytes.Compare(key, to) < 0)).ToList();
        Assert.Equal(gone.Count, transaction.DeleteRange(from, to));
        gone.ForEach(victim => Model.Remove(victim));
    }
}
