using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Testing.Disk;

/// <summary>
/// A disk in memory with the failures of real ones: what is not flushed is lost, kept or torn at sectors of 512 bytes when the
/// machine crashes, flushes fail, space runs out, bits rot. Equal seeds and equal calls give equal disks.
/// </summary>
/// <remarks>
/// All members may be called from any thread; a run is repeatable when its calls come in the same order. Subdirectories are
/// durable when they are opened; files and names only when flushed. Storage opened before <see cref="Crash"/> is dead after it:
/// every call throws <see cref="StorageFailedException"/>, as a program of the crashed machine cannot run on.
/// </remarks>
/// <param name="random">Draws what crashes keep and failing flushes write; owned by this disk.</param>
public sealed class SimulatedDisk(SplittableRandom random)
{
    private SimulatedNames _root = new("");
    private int _boot;
    private bool _off;

    /// <summary>The root directory, as the machine that runs now sees it; after a crash ask again.</summary>
    public IStorageDirectory Root => new SimulatedDirectory(this, _root);

    /// <summary>Asked before every operation, under the disk's lock; null lets everything succeed.</summary>
    public Func<DiskOperation, DiskFault>? Faults { get; set; }

    /// <summary>Bytes all files together may have; writes, lengths and creations past it find a full disk.</summary>
    /// <value>Bytes; unlimited by default. May change at any time, also below what is used.</value>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Bytes all files together have, by their lengths.</summary>
    public long UsedBytes
    {
        get
        {
            lock (Gate)
                return Used(_root);
        }
    }

    /// <summary>Operations that changed or flushed something since the disk was made; the number the next one gets is one more.</summary>
    public long Operations { get; private set; }

    /// <summary>Reads since the disk was made.</summary>
    public long Reads { get; private set; }

    /// <summary>Writes since the disk was made.</summary>
    public long Writes { get; private set; }

    /// <summary>Bytes written since the disk was made.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Flushes of files since the disk was made.</summary>
    public long Flushes { get; private set; }

    /// <summary>Whether the machine stopped at a <see cref="DiskFault.Crash"/> and waits for <see cref="Crash"/>.</summary>
    public bool IsOff
    {
        get
        {
            lock (Gate)
                return _off;
        }
    }

    internal object Gate { get; } = new();

    internal int Boot => _boot;

    /// <summary>
    /// Cuts the power and brings it back: of what was not flushed, each sector and each name is lost or kept by the seed's draw.
    /// Locks are gone; <see cref="Faults"/> stays.
    /// </summary>
    public void Crash()
    {
        lock (Gate)
        {
            using List<int>.Enumerator choices = _root.DrawChoices((CrashStyle)random.Next(4), random).GetEnumerator();
            _root = _root.AfterCrash(choices);
            _boot++;
            _off = false;
        }
    }

    /// <summary>
    /// Kills the process that uses the disk while the machine runs on: files and names stay as they were seen, flushed or not. Locks
    /// are gone, and what was opened before is dead.
    /// </summary>
    /// <remarks>
    /// What a flush failed to write is seen no more, as after the cache was told to forget it when the file is opened again: a file
    /// never shows what no later flush would write.
    /// </remarks>
    public void Kill()
    {
        lock (Gate)
        {
            _root.Release();
            _boot++;
        }
    }

    /// <summary>The files there are, as paths with slashes, in ordinal order.</summary>
    public IReadOnlyList<string> Files()
    {
        lock (Gate)
        {
            List<string> paths = [];
            Collect(_root, paths);
            paths.Sort(StringComparer.Ordinal);
            return paths;
        }
    }

    /// <summary>The content of a file as the running machine sees it. No fault applies.</summary>
    /// <param name="path">The path with slashes, relative to the root.</param>
    public byte[] ReadFile(string path)
    {
        lock (Gate)
        {
            SimulatedInode inode = Find(path);
            byte[] content = new byte[inode.Length];
            inode.Read(0, content);
            return content;
        }
    }

    /// <summary>Replaces or creates a file, durably, as another machine would have. Handles open on the old file keep it.</summary>
    /// <param name="path">The path with slashes, relative to the root; directories are created.</param>
    /// <param name="content">The bytes.</param>
    public void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        lock (Gate)
        {
            string[] parts = path.Split('/');
            SimulatedNames directory = _root;
            foreach (string part in parts[..^1])
                directory = Subdirectory(directory, part);
            directory.Create(parts[^1]);
            directory.Files[parts[^1]].Write(0, content);
            directory.Files[parts[^1]].Flush();
            directory.Flush();
        }
    }

    /// <summary>Flips bits of one byte, in the cache and on the platter.</summary>
    /// <param name="path">The path with slashes, relative to the root.</param>
    /// <param name="offset">The byte, from the start of the file.</param>
    /// <param name="mask">The bits to flip; one bit by default.</param>
    public void Corrupt(string path, long offset, byte mask = 1)
    {
        lock (Gate)
        {
            SimulatedInode inode = Find(path);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset, inode.Length);
            inode.Flip(offset, mask);
        }
    }

    /// <summary>Makes a range of a file unreadable: reads that touch it throw <see cref="StorageIoException"/>, also after crashes.</summary>
    /// <param name="path">The path with slashes, relative to the root.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many bytes.</param>
    public void MakeUnreadable(string path, long offset, long length)
    {
        lock (Gate)
            Find(path).MakeUnreadable(offset, length);
    }

    /// <summary>A disk as this one would be if all that was not flushed were lost now; this one goes on undisturbed.</summary>
    internal SimulatedDisk Flushed() => AfterCrash(Enumerable.Repeat(0, int.MaxValue));

    /// <summary>How many ways each unflushed thing can go in a crash now.</summary>
    internal int[] CrashChoices()
    {
        lock (Gate)
            return [.. _root.CrashChoices()];
    }

    /// <summary>A disk as a crash now would leave this one, which goes on undisturbed.</summary>
    internal SimulatedDisk AfterCrash(IEnumerable<int> choices)
    {
        lock (Gate)
        {
            using IEnumerator<int> next = choices.GetEnumerator();
            return new SimulatedDisk(random.Fork("after a crash")) { _root = _root.AfterCrash(next) };
        }
    }

    internal static SimulatedNames Subdirectory(SimulatedNames parent, string name)
    {
        if (!parent.Directories.TryGetValue(name, out SimulatedNames? directory))
            parent.Directories.Add(name, directory = new SimulatedNames(parent.Join(name)));
        return directory;
    }

    /// <summary>Counts an operation and draws its fate; throws for the faults that need nothing else done.</summary>
    /// <returns>None, Lose, Fail (flushes only) or Crash: the caller does its part and then calls <see cref="PowerOff"/>.</returns>
    internal DiskFault Begin(DiskOperationKind kind, string path, long offset, long length)
    {
        Count(kind, length);
        DiskOperation operation = new(kind, path, offset, length, kind == DiskOperationKind.Read ? 0 : Operations);
        DiskFault fault = Faults?.Invoke(operation) ?? DiskFault.None;
        bool takesRoom = kind is DiskOperationKind.Write or DiskOperationKind.SetLength or DiskOperationKind.Create;
        if (fault == DiskFault.Full && takesRoom)
            throw new StorageFullException($"{path}: the simulated disk is full.");
        if (fault == DiskFault.FailAfter && kind != DiskOperationKind.Write)
            fault = DiskFault.Fail;
        if (fault == DiskFault.Fail && kind is not (DiskOperationKind.Flush or DiskOperationKind.FlushDirectory))
            throw new StorageIoException($"{path}: the simulated device refused to {kind} at offset {offset}.");
        return fault;
    }

    /// <summary>Finds a full disk where a file would grow past the capacity.</summary>
    internal void Reserve(SimulatedInode inode, long length)
    {
        long growth = length - inode.Length;
        if (growth > 0 && CapacityBytes != long.MaxValue && Used(_root) + growth > CapacityBytes)
            throw new StorageFullException($"The simulated disk of {CapacityBytes} bytes is full.");
    }

    /// <summary>Writes as the fault has it.</summary>
    internal void Write(SimulatedInode inode, DiskFault fault, long offset, ReadOnlySpan<byte> source)
    {
        switch (fault)
        {
            case DiskFault.Lose:
                break;
            case DiskFault.LoseNoticeably:
                inode.HoldBack(offset, source);
                break;
            case DiskFault.Stray:
                inode.Write(Sector(inode.Length), source);
                break;
            case DiskFault.StrayNoticeably:
                inode.Write(Sector(offset), source);
                inode.HoldBack(offset, source);
                break;
            default:
                inode.Write(offset, source);
                break;
        }
    }

    private long Sector(long before) =>
        random.Next(Math.Max(1, before / SimulatedInode.SectorBytes)) * SimulatedInode.SectorBytes;

    internal void FailFlush(SimulatedInode inode) => inode.FailFlush(random);

    internal StorageFailedException PowerOff()
    {
        _off = true;
        return Dead();
    }

    internal void ThrowIfDead(int boot)
    {
        if (_off || boot != _boot)
            throw Dead();
    }

    private static StorageFailedException Dead() => new("The simulated machine has crashed.");

    private static long Used(SimulatedNames directory) =>
        directory.Files.Values.Sum(file => file.Length) + directory.Directories.Values.Sum(Used);

    private static void Collect(SimulatedNames directory, List<string> paths)
    {
        paths.AddRange(directory.Files.Keys.Select(directory.Join));
        foreach (SimulatedNames sub in directory.Directories.Values)
            Collect(sub, paths);
    }

    private void Count(DiskOperationKind kind, long length)
    {
        if (kind == DiskOperationKind.Read)
        {
            Reads++;
            return;
        }

        Operations++;
        if (kind == DiskOperationKind.Flush)
            Flushes++;
        if (kind == DiskOperationKind.Write)
        {
            Writes++;
            BytesWritten += length;
        }
    }

    private SimulatedInode Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] parts = path.Split('/');
        SimulatedNames? directory = _root;
        foreach (string part in parts[..^1])
            directory = directory?.Directories.GetValueOrDefault(part);
        return directory is not null && directory.Files.TryGetValue(parts[^1], out SimulatedInode? inode)
            ? inode
            : throw new StorageIoException($"{path}: no such file on the simulated disk.");
    }
}
