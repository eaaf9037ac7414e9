using System.Buffers.Binary;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Keys of the history tree: the user's key in groups of eight bytes, each followed by how many of them count (9: all, and more follow),
/// then revision and order, big endian. They sort by key, then by revision, and their length depends on the key's length alone.
/// </summary>
internal static class HistoryKey
{
    /// <summary>Bytes of revision and order; also the whole key of the revisions tree.</summary>
    public const int SuffixBytes = 12;

    private const int GroupBytes = 8;
    private const byte FullGroup = 9;

    public static int Length(int keyLength) => GroupedLength(keyLength) + SuffixBytes;

    public static int GroupedLength(int keyLength) => Math.Max(1, (keyLength + GroupBytes - 1) / GroupBytes) * (GroupBytes + 1);

    public static int Write(Span<byte> destination, ReadOnlySpan<byte> key, long revision, int order)
    {
        int at = WriteGrouped(destination, key);
        WriteSuffix(destination[at..], revision, order);
        return at + SuffixBytes;
    }

    public static int WriteGrouped(Span<byte> destination, ReadOnlySpan<byte> key)
    {
        int at = 0;
        while (key.Length > GroupBytes)
        {
            key[..GroupBytes].CopyTo(destination[at..]);
            destination[at + GroupBytes] = FullGroup;
            key = key[GroupBytes..];
            at += GroupBytes + 1;
        }
        destination.Slice(at, GroupBytes).Clear();
        key.CopyTo(destination[at..]);
        destination[at + GroupBytes] = (byte)key.Length;
        return at + GroupBytes + 1;
    }

    public static void WriteSuffix(Span<byte> destination, long revision, int order)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, revision);
        BinaryPrimitives.WriteInt32BigEndian(destination[8..], order);
    }

    public static (long Revision, int Order) ReadSuffix(ReadOnlySpan<byte> suffix)
        => (BinaryPrimitives.ReadInt64BigEndian(suffix), BinaryPrimitives.ReadInt32BigEndian(suffix[8..]));

    /// <summary>Takes the user's key out and returns its length.</summary>
    public static int ReadKey(ReadOnlySpan<byte> historyKey, Span<byte> destination)
    {
        int length = 0;
        for (int at = 0; ; at += GroupBytes + 1)
        {
            byte mark = historyKey[at + GroupBytes];
            int count = Math.Min((int)mark, GroupBytes);
            historyKey.Slice(at, count).CopyTo(destination[length..]);
            length += count;
            if (mark != FullGroup)
                return length;
        }
    }
}
