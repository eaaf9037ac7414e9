using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>An open segment file.</summary>
internal sealed class Segment(SegmentHeader header, IStorageFile file) : IDisposable
{
    public SegmentHeader Header => header;

    public IStorageFile File => file;

    public string Name => file.Name;

    /// <summary>Readers that hold the file; guarded by the log's lock. A held file is neither reused nor closed.</summary>
    public int Pins { get; set; }

    public void Dispose() => file.Dispose();
}
