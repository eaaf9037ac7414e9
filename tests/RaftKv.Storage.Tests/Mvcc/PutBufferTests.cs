using RaftKv.Raft;
using RaftKv.Storage.Mvcc;

namespace RaftKv.Storage.Tests.Mvcc;

/// <summary>The order in which the puts of a batch are applied.</summary>
public class PutBufferTests
{
    [Fact]
    public void Puts_come_by_key_and_those_of_one_key_as_they_came()
    {
        var buffer = new PutBuffer();
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var random = new SplittableRandom(seed);
            var keys = new List<byte[]>();
            int shared = random.Next(20);
            int count = random.Next(300);
            for (int i = 0; i < count; i++)
            {
                var key = new byte[shared + random.Range(1, 14)];
                for (int at = shared; at < key.Length; at++)
                    key[at] = (byte)(random.Next(3) * 127);
                keys.Add(key);
                buffer.Add(key, [(byte)i], i, i, i);
            }
            int[] expected = [.. Enumerable.Range(0, count).OrderBy(i => Convert.ToHexString(keys[i]), StringComparer.Ordinal).ThenBy(i => i)];
            Assert.Equal(expected, buffer.Sort().ToArray().Select(place => place.Index));
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(keys[i], buffer.Key(buffer[i]).ToArray());
                Assert.Equal([(byte)i], buffer.Value(buffer[i]).ToArray());
                Assert.Equal((i, i, i), (buffer[i].Lease, buffer[i].Revision, buffer[i].Order));
            }
            buffer.Clear();
        }
    }

    [Fact]
    public void What_does_not_fit_a_few_megabytes_does_not_wait()
    {
        var buffer = new PutBuffer();
        Assert.False(PutBuffer.MayWait(1, 1 << 20));
        Assert.False(buffer.HasRoom(1, 1 << 20));
        var value = new byte[60_000];
        int added = 0;
        for (; buffer.HasRoom(1, value.Length); added++)
            buffer.Add([1], value, 0, 0, 0);
        Assert.InRange((long)added * value.Length, 1L << 20, 16L << 20);
        buffer.Clear();
        Assert.True(buffer.HasRoom(1, value.Length));
        Assert.Equal(0, buffer.Sort().Length);
    }
}
