using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>One key with its payload, wherever its bytes are: in a page, or with the caller. Used while pages are rebuilt.</summary>
internal readonly unsafe struct NodeEntry
{
    private readonly byte* _prefix;
    private readonly byte* _rest;
    private readonly byte* _payload;
    private readonly int _prefixLength;
    private readonly int _restLength;

    private NodeEntry(byte* prefix, int prefixLength, byte* rest, int restLength, byte* payload, int payloadLength, int info)
    {
        _prefix = prefix;
        _prefixLength = prefixLength;
        _rest = rest;
        _restLength = restLength;
        _payload = payload;
        PayloadLength = payloadLength;
        Info = info;
    }

    /// <summary>Leaf: bytes of the value. Branch: the child pointer and its count.</summary>
    public int PayloadLength { get; }

    /// <summary>Leaf: value length with the run flag. Branch: 0.</summary>
    public int Info { get; }

    /// <summary>Entries this one stands for: those below the child, or itself.</summary>
    public long EntryCount(bool leaf) => leaf ? 1 : *(long*)(_payload + 8);

    public int KeyLength => _prefixLength + _restLength;

    public ReadOnlySpan<byte> Payload => new(_payload, PayloadLength);

    public static NodeEntry FromPage(NodePage page, int index)
    {
        byte* cell = page.At + page.CellOffset(index);
        int restLength = page.RestLength(index);
        if (!page.IsLeaf)
        {
            int prefixLength = index == 0 ? 0 : page.PrefixLength;
            return new NodeEntry(page.At + page.PrefixOffset, prefixLength, cell + NodePage.BranchCellBytes, restLength, cell,
                NodePage.BranchCellBytes, 0);
        }
        int info = page.ValueInfo(index);
        byte* rest = cell + NodePage.LeafCellBytes;
        return new NodeEntry(page.At + page.PrefixOffset, page.PrefixLength, rest, restLength, rest + restLength,
            info & ~NodePage.RunFlag, info);
    }

    public static NodeEntry FromBytes(byte* key, int keyLength, byte* payload, int payloadLength, int info)
        => new(null, 0, key, keyLength, payload, payloadLength, info);

    /// <summary>The same child under another key; an empty one makes it the first slot of a branch.</summary>
    public NodeEntry WithKey(byte* key, int keyLength) => new(null, 0, key, keyLength, _payload, PayloadLength, Info);

    public void CopyKey(Span<byte> destination)
    {
        new ReadOnlySpan<byte>(_prefix, _prefixLength).CopyTo(destination);
        new ReadOnlySpan<byte>(_rest, _restLength).CopyTo(destination[_prefixLength..]);
    }

    /// <summary>Copies the first bytes of the key.</summary>
    public void CopyKey(byte* destination, int length)
    {
        int fromPrefix = Math.Min(length, _prefixLength);
        Buffer.MemoryCopy(_prefix, destination, fromPrefix, fromPrefix);
        Buffer.MemoryCopy(_rest, destination + fromPrefix, length - fromPrefix, length - fromPrefix);
    }

    /// <summary>Copies the key from byte <paramref name="skip"/> on.</summary>
    public void CopyRest(int skip, byte* destination)
    {
        int fromPrefix = Math.Max(0, _prefixLength - skip);
        int restSkip = Math.Max(0, skip - _prefixLength);
        Buffer.MemoryCopy(_prefix + skip, destination, fromPrefix, fromPrefix);
        Buffer.MemoryCopy(_rest + restSkip, destination + fromPrefix, _restLength - restSkip, _restLength - restSkip);
    }

    public byte KeyByte(int index) => index < _prefixLength ? _prefix[index] : _rest[index - _prefixLength];

    /// <summary>How many leading bytes two keys share.</summary>
    public static int Shared(in NodeEntry left, in NodeEntry right)
    {
        int shared = Math.Min(left.KeyLength, right.KeyLength);
        int start = left._prefix == right._prefix ? Math.Min(shared, Math.Min(left._prefixLength, right._prefixLength)) : 0;
        for (int i = start; i < shared; i++)
        {
            if (left.KeyByte(i) != right.KeyByte(i))
                return i;
        }
        return shared;
    }
}
