using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>One key with its payload, wherever its bytes are: in a page, or with the caller. Used while pages are rebuilt.</summary>
internal readonly unsafe struct NodeEntry
{
    private readonly byte* _prefix;
    private readonly byte* _rest;
    private readonly byte* _run;
    private readonly byte* _payload;
    private readonly int _prefixLength;
    private readonly int _restLength;

    private NodeEntry(byte* prefix, int prefixLength, byte* rest, int restLength, byte* run, byte* payload, int payloadLength, int info)
    {
        _prefix = prefix;
        _prefixLength = prefixLength;
        _rest = rest;
        _restLength = restLength;
        _run = run;
        _payload = payload;
        PayloadLength = payloadLength;
        Info = info;
    }

    /// <summary>Leaf: bytes of the value. Branch: the child pointer and its summary.</summary>
    public int PayloadLength { get; }

    /// <summary>Leaf: value length with the run flag. Branch: 0.</summary>
    public int Info { get; }

    /// <summary>Bytes of the key that are in the cell or its page's prefix: all of it, or the beginning of a long one.</summary>
    public int InlineLength => _prefixLength + _restLength;

    /// <summary>Whether the key goes on in a run.</summary>
    public bool IsLong => _run != null;

    public ReadOnlySpan<byte> Payload => new(_payload, PayloadLength);

    public static NodeEntry FromPage(NodePage page, int index)
    {
        byte* cell = page.At + page.CellOffset(index);
        byte* rest = cell + page.CellHeaderBytes;
        int restLength = page.RestLength(index);
        byte* run = page.IsLong(index) ? rest + restLength : null;
        if (!page.IsLeaf)
        {
            int prefixLength = index == 0 ? 0 : page.PrefixLength;
            return new NodeEntry(page.At + page.PrefixOffset, prefixLength, rest, restLength, run, cell, NodePage.BranchCellBytes, 0);
        }
        int info = page.ValueInfo(index);
        byte* value = rest + restLength + (run == null ? 0 : RunReference.Bytes);
        return new NodeEntry(page.At + page.PrefixOffset, page.PrefixLength, rest, restLength, run, value, info & ~NodePage.RunFlag, info);
    }

    /// <summary>An entry of bytes that stay where they are; a long key has the reference to its run in <paramref name="run"/>.</summary>
    public static NodeEntry FromBytes(byte* key, int inlineLength, byte* run, byte* payload, int payloadLength, int info)
        => new(null, 0, key, inlineLength, run, payload, payloadLength, info);

    /// <summary>The same child under another entry's key.</summary>
    public NodeEntry WithKey(in NodeEntry key)
        => new(key._prefix, key._prefixLength, key._rest, key._restLength, key._run, _payload, PayloadLength, Info);

    /// <summary>Bytes that the key takes in the cell of a page whose prefix has <paramref name="prefix"/> bytes.</summary>
    public int StoredLength(int prefix) => InlineLength - prefix + (IsLong ? RunReference.Bytes : 0);

    /// <summary>Copies the first bytes of the key.</summary>
    public void CopyKey(byte* destination, int length)
    {
        int fromPrefix = Math.Min(length, _prefixLength);
        Buffer.MemoryCopy(_prefix, destination, fromPrefix, fromPrefix);
        Buffer.MemoryCopy(_rest, destination + fromPrefix, length - fromPrefix, length - fromPrefix);
    }

    /// <summary>Copies what a cell has of the key from byte <paramref name="skip"/> on, with the reference to its run.</summary>
    public void CopyStored(int skip, byte* destination)
    {
        int fromPrefix = Math.Max(0, _prefixLength - skip);
        int restSkip = Math.Max(0, skip - _prefixLength);
        Buffer.MemoryCopy(_prefix + skip, destination, fromPrefix, fromPrefix);
        Buffer.MemoryCopy(_rest + restSkip, destination + fromPrefix, _restLength - restSkip, _restLength - restSkip);
        if (IsLong)
            Buffer.MemoryCopy(_run, destination + InlineLength - skip, RunReference.Bytes, RunReference.Bytes);
    }

    /// <summary>The whole key, read from its run when it is long.</summary>
    public byte[] CopyWholeKey(PageFile file)
    {
        RunReference run = IsLong ? RunReference.FromEnd(new ReadOnlySpan<byte>(_run, RunReference.Bytes)) : default;
        var key = new byte[InlineLength + run.Length];
        fixed (byte* at = key)
            CopyKey(at, InlineLength);
        if (IsLong)
            file.ReadRun(run, key.AsSpan(InlineLength));
        return key;
    }

    public byte KeyByte(int index) => index < _prefixLength ? _prefix[index] : _rest[index - _prefixLength];

    /// <summary>How many leading bytes the keys share of what both have in their cells.</summary>
    public static int Shared(in NodeEntry left, in NodeEntry right)
    {
        int shared = Math.Min(left.InlineLength, right.InlineLength);
        int start = left._prefix == right._prefix ? Math.Min(shared, Math.Min(left._prefixLength, right._prefixLength)) : 0;
        for (int i = start; i < shared; i++)
        {
            if (left.KeyByte(i) != right.KeyByte(i))
                return i;
        }
        return shared;
    }
}
