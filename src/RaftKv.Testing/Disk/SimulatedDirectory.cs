using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Testing.Disk;

/// <summary>A handle on a directory of a <see cref="SimulatedDisk"/>, alive until the machine crashes.</summary>
internal sealed class SimulatedDirectory(SimulatedDisk disk, SimulatedNames names) : IStorageDirectory
{
    private readonly int _boot = disk.Boot;
    private bool _failed;

    public string Path => "/" + names.Path;

    public IReadOnlyList<string> List()
    {
        lock (disk.Gate)
        {
            ThrowIfUnusable();
            return [.. names.Files.Keys];
        }
    }

    public bool Exists(string name)
    {
        lock (disk.Gate)
        {
            ThrowIfUnusable();
            return names.Files.ContainsKey(name);
        }
    }

    public IStorageFile Create(string name)
    {
        lock (disk.Gate)
        {
            CheckName(name);
            if (names.Files.ContainsKey(name))
                throw new StorageIoException($"{names.Join(name)} exists.");
            Change(DiskOperationKind.Create, name, () => names.Create(name));
            return new SimulatedFile(disk, names.Join(name), name, names.Files[name]);
        }
    }

    public IStorageFile Open(string name)
    {
        lock (disk.Gate)
        {
            CheckName(name);
            if (!names.Files.TryGetValue(name, out SimulatedInode? inode))
                throw new StorageIoException($"{names.Join(name)}: no such file.");
            return new SimulatedFile(disk, names.Join(name), name, inode);
        }
    }

    public void Rename(string from, string to)
    {
        lock (disk.Gate)
        {
            CheckName(from);
            CheckName(to);
            if (!names.Files.ContainsKey(from))
                throw new StorageIoException($"{names.Join(from)}: no such file.");
            CheckClosed(from);
            Change(DiskOperationKind.Rename, from, () => names.Rename(from, to));
        }
    }

    public void Delete(string name)
    {
        lock (disk.Gate)
        {
            CheckName(name);
            CheckClosed(name);
            Change(DiskOperationKind.Delete, name, () => names.Delete(name));
        }
    }

    public IStorageDirectory OpenDirectory(string name)
    {
        lock (disk.Gate)
        {
            CheckName(name);
            return new SimulatedDirectory(disk, SimulatedDisk.Subdirectory(names, name));
        }
    }

    public void Flush()
    {
        lock (disk.Gate)
        {
            ThrowIfUnusable();
            DiskFault fault = disk.Begin(DiskOperationKind.FlushDirectory, names.Path, 0, 0);
            if (fault == DiskFault.Crash)
                throw disk.PowerOff();
            if (fault == DiskFault.Fail)
            {
                _failed = true;
                ThrowIfUnusable();
            }

            names.Flush();
        }
    }

    public IDisposable Lock()
    {
        lock (disk.Gate)
        {
            ThrowIfUnusable();
            if (names.Locked)
                throw new StorageLockedException($"{Path} is locked by another live process.");
            names.Locked = true;
            return new Hold(disk, names, _boot);
        }
    }

    public void Dispose()
    {
    }

    private void Change(DiskOperationKind kind, string name, Action change)
    {
        DiskFault fault = disk.Begin(kind, names.Join(name), 0, 0);
        change();
        if (fault == DiskFault.Crash)
            throw disk.PowerOff();
    }

    private void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
            throw new ArgumentException($"'{name}' is a path; a directory takes plain names.", nameof(name));
        ThrowIfUnusable();
    }

    private void CheckClosed(string name)
    {
        if (names.Files.TryGetValue(name, out SimulatedInode? inode) && inode.OpenHandles > 0)
            throw new StorageIoException($"{names.Join(name)} is open.");
    }

    private void ThrowIfUnusable()
    {
        disk.ThrowIfDead(_boot);
        if (_failed)
            throw new StorageFailedException($"A flush of the directory {Path} failed; it accepts nothing further.");
    }

    private sealed class Hold(SimulatedDisk disk, SimulatedNames names, int boot) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            lock (disk.Gate)
            {
                if (!_released && boot == disk.Boot)
                    names.Locked = false;
                _released = true;
            }
        }
    }
}
