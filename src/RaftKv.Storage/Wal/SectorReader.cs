using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Reads a file of which the device refuses some places: instead of those it gives bytes that are no record and no empty space.</summary>
internal sealed class SectorReader(IStorageFile file)
{
    /// <summary>What stands for each byte that cannot be read.</summary>
    public const byte Filler = 0xFF;

    // What systems read at once, so that a bad sector takes its neighbours with it.
    private const int BlockBytes = 4096;

    // A device with more than this is about to fail whole, and takes seconds for each.
    private const int RefusalsMax = 64;

    private readonly SortedSet<long> _refused = [];

    /// <summary>Reads bytes that lie within the file.</summary>
    /// <exception cref="StorageIoException">More is refused than a few places.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (_refused.Count == 0 && TryRead(offset, destination))
            return;
        while (!destination.IsEmpty)
        {
            long block = offset / BlockBytes;
            int size = (int)Math.Min((block + 1) * BlockBytes - offset, destination.Length);
            if (_refused.Contains(block) || !TryRead(offset, destination[..size]))
            {
                if (_refused.Add(block) && _refused.Count > RefusalsMax)
                    file.ReadExactly(offset, destination[..size]);
                destination[..size].Fill(Filler);
            }
            offset += size;
            destination = destination[size..];
        }
    }

    /// <summary>Whether anything of a range was refused.</summary>
    public bool IsRefused(long offset, long count) =>
        _refused.Count > 0 && _refused.GetViewBetween(offset / BlockBytes, (offset + Math.Max(count, 1) - 1) / BlockBytes).Count > 0;

    private bool TryRead(long offset, Span<byte> destination)
    {
        try
        {
            file.ReadExactly(offset, destination);
            return true;
        }
        catch (StorageIoException)
        {
            return false;
        }
    }
}
