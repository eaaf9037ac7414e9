using System.Buffers.Binary;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>Which keys hang on which lease: (lease, key) to nothing.</summary>
internal static class LeaseIndex
{
    public const int LeaseBytes = 8;

    public static int WriteKey(Span<byte> destination, long lease, ReadOnlySpan<byte> key)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, lease);
        key.CopyTo(destination[LeaseBytes..]);
        return LeaseBytes + key.Length;
    }

    public static IReadOnlyList<ReadOnlyMemory<byte>> KeysOf(VersionReader versions, long lease)
    {
        var keys = new List<ReadOnlyMemory<byte>>();
        var start = new byte[LeaseBytes];
        BinaryPrimitives.WriteInt64BigEndian(start, lease);
        versions.Reader.Pin();
        try
        {
            var cursor = new TreeCursor(versions.Reader, versions.Trees[MvccTree.Leases].Root);
            for (bool found = cursor.SeekAtLeast(start); found; found = cursor.MoveNext())
            {
                byte[] key = cursor.CopyKey();
                if (!key.AsSpan(0, LeaseBytes).SequenceEqual(start))
                    break;
                keys.Add(key.AsMemory(LeaseBytes));
            }
            return keys;
        }
        finally
        {
            versions.Reader.Unpin();
        }
    }
}
