using System.Runtime.InteropServices;

namespace RaftKv.Storage.Pages;

/// <summary>Gathers pages that follow each other into one write.</summary>
internal sealed unsafe class PageStaging(PageFile file, Action<uint, uint>? written = null) : IDisposable
{
    private const int StagingBytes = 1 << 20;

    private readonly byte* _staging = (byte*)NativeMemory.AlignedAlloc(StagingBytes, 4096);
    private uint _first;
    private int _count;

    /// <summary>Room for a page, to be filled before the next call. What does not join it is written first.</summary>
    public NodePage Stage(uint page)
    {
        if (_count > 0 && (page != _first + _count || (_count + 1) * file.PageSizeBytes > StagingBytes))
            Write();
        if (_count == 0)
            _first = page;
        return new NodePage(_staging + (long)_count++ * file.PageSizeBytes);
    }

    /// <summary>Writes what waits, and tells the owner each page with its checksum.</summary>
    public void Write()
    {
        int count = _count;
        _count = 0;
        if (count == 0)
            return;
        var bytes = new ReadOnlySpan<byte>(_staging, count * file.PageSizeBytes);
        file.Write(_first, bytes);
        for (int i = 0; i < count; i++)
            written?.Invoke(_first + (uint)i, PageChecksum.Of(bytes.Slice(i * file.PageSizeBytes, file.PageSizeBytes)));
    }

    /// <summary>Forgets what waits: the last page may not have been filled.</summary>
    public void Drop() => _count = 0;

    public void Dispose() => NativeMemory.AlignedFree(_staging);
}
