using System.Security.Cryptography;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Prepares segment files and takes back those no longer needed. One segment is prepared at a time, beside anything else.</summary>
internal sealed class SegmentFiles(IStorageDirectory directory, WalOptions options)
{
    private const string CopySuffix = ".damaged";
    private const int CopyBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly List<string> _spares = [];
    private readonly HashSet<string> _distrusted = [];

    /// <summary>A file in which damage was found is deleted, not written again: the device may be what damaged it.</summary>
    public void Distrust(string name)
    {
        lock (_gate)
            _distrusted.Add(name);
    }

    /// <summary>Files that hold nothing needed; they become the next segments.</summary>
    public void AddSpare(string name)
    {
        lock (_gate)
        {
            if (!_distrusted.Remove(name) && _spares.Count < options.SpareSegmentsMax)
            {
                _spares.Add(name);
                return;
            }
        }

        directory.Delete(name);
    }

    /// <summary>
    /// Makes a segment whose name, header and space are durable. What a reused file held before stays behind the header: the new
    /// seed makes all of it invalid.
    /// </summary>
    /// <exception cref="StorageFullException">No room; nothing needed was changed, and the same call may be made again.</exception>
    public Segment Prepare(long identity, long sequence, long neededBytes)
    {
        string name = SegmentHeader.FileName(sequence);
        IStorageFile file = OpenForReuse(name);
        try
        {
            long length = Math.Max(options.SegmentBytes, (neededBytes + SegmentHeader.AreaBytes - 1) & -SegmentHeader.AreaBytes);
            if (file.Length != length)
                file.SetLength(length);
            SegmentHeader header = new(identity, sequence, length);
            byte[] area = new byte[SegmentHeader.AreaBytes + RecordHeader.Bytes];
            header.Write(area.AsSpan(0, SegmentHeader.AreaBytes));
            file.Write(0, area);
            file.Flush();
            if (!Mutation.Is(Mutant.LogDirectoryNotFlushed))
                directory.Flush();
            return new Segment(header, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies a file under a name that the log leaves alone, once.</summary>
    /// <returns>The copy's name; null when there is no such file.</returns>
    public string? KeepCopy(string name)
    {
        string copyName = name + CopySuffix;
        if (directory.Exists(copyName) || !directory.Exists(name))
            return directory.Exists(copyName) ? copyName : null;
        string unfinished = copyName + ".new";
        if (directory.Exists(unfinished))
            directory.Delete(unfinished);
        using (IStorageFile from = directory.Open(name))
        using (IStorageFile to = directory.Create(unfinished))
        {
            SectorReader reader = new(from);
            byte[] piece = new byte[CopyBytes];
            for (long offset = 0; offset < from.Length; offset += CopyBytes)
            {
                Span<byte> part = piece.AsSpan(0, (int)Math.Min(CopyBytes, from.Length - offset));
                reader.Read(offset, part);
                to.Write(offset, part);
            }
            to.Flush();
        }
        directory.Rename(unfinished, copyName);
        directory.Flush();
        return copyName;
    }

    public static long DrawIdentity()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToInt64(bytes);
    }

    private IStorageFile OpenForReuse(string name)
    {
        string? spare;
        lock (_gate)
        {
            bool isThere = directory.Exists(name);
            if (isThere)
                _spares.Remove(name);
            spare = isThere ? name : _spares.LastOrDefault();
        }

        if (spare is null)
            return directory.Create(name);
        if (spare != name)
        {
            directory.Rename(spare, name);
            lock (_gate)
                _spares.Remove(spare);
        }

        return directory.Open(name);
    }
}
