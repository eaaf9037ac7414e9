using System.Runtime.InteropServices;
using RaftKv.Storage.Pages;

namespace RaftKv.Storage.Trees;

/// <summary>The page of one level that a bulk load is filling: its entries, with the bytes they point to.</summary>
internal sealed unsafe class BulkLevel(int level, int pageSizeBytes) : IDisposable
{
    // Keys that share a long prefix take more room here than in the page; when it is used up the page ends early.
    private const int BufferPages = 16;

    private readonly NodeEntry[] _entries = new NodeEntry[pageSizeBytes / NodePage.SlotBytes];
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc((nuint)(BufferPages * pageSizeBytes));
    private readonly int _cellHeaderBytes = level == 0 ? NodePage.LeafCellBytes : 0;
    private int _count;
    private int _used;
    private int _bytes = NodePage.HeaderBytes;

    public ReadOnlySpan<NodeEntry> Entries => _entries.AsSpan(0, _count);

    /// <summary>The first entry's key, with the reference to its run: in a branch it moves up, as the page does not keep it.</summary>
    public NodeEntry First => _entries[0];

    /// <summary>Adds an entry behind the last one; false when it has no room and the page is to be closed.</summary>
    /// <param name="key">Its key, as much as goes to the cell.</param>
    /// <param name="run">The reference to the run of the rest; empty when there is none.</param>
    /// <param name="payload">Value, or child and summary.</param>
    /// <param name="info">Length of the value with the run flag; 0 in a branch.</param>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> run, ReadOnlySpan<byte> payload, int info)
    {
        int length = key.Length + run.Length + payload.Length;
        if (_count == _entries.Length || _used + length > BufferPages * pageSizeBytes)
            return false;
        byte* at = _buffer + _used;
        key.CopyTo(new Span<byte>(at, key.Length));
        run.CopyTo(new Span<byte>(at + key.Length, run.Length));
        payload.CopyTo(new Span<byte>(at + key.Length + run.Length, payload.Length));
        byte* runAt = run.IsEmpty ? null : at + key.Length;
        _entries[_count] = NodeEntry.FromBytes(at, key.Length, runAt, at + key.Length + run.Length, payload.Length, info);
        int bytes = _bytes + NodePage.SlotBytes + _cellHeaderBytes + length;
        // What they share is stored once, so more may fit than the sum says.
        if (bytes > pageSizeBytes && NodeBuilder.Measure(_entries.AsSpan(0, _count + 1), level == 0) > pageSizeBytes)
            return false;
        _count++;
        _used += length;
        _bytes = bytes;
        return true;
    }

    public void Clear()
    {
        _count = 0;
        _used = 0;
        _bytes = NodePage.HeaderBytes;
    }

    public void Dispose() => NativeMemory.Free(_buffer);
}
