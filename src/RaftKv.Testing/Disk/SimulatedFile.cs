using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Testing.Disk;

/// <summary>A handle on a file of a <see cref="SimulatedDisk"/>, alive until the machine crashes.</summary>
internal sealed class SimulatedFile : IStorageFile
{
    private readonly SimulatedDisk _disk;
    private readonly string _path;
    private readonly SimulatedInode _inode;
    private readonly int _boot;
    private bool _failed;
    private bool _disposed;

    public SimulatedFile(SimulatedDisk disk, string path, string name, SimulatedInode inode)
    {
        _disk = disk;
        _path = path;
        _inode = inode;
        _boot = disk.Boot;
        Name = name;
        inode.OpenHandles++;
    }

    public string Name { get; }

    public long Length
    {
        get
        {
            lock (_disk.Gate)
                return _inode.Length;
        }
    }

    public void ReadExactly(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (_disk.Gate)
        {
            ThrowIfUnusable();
            if (_disk.Begin(DiskOperationKind.Read, _path, offset, destination.Length) == DiskFault.Crash)
                throw _disk.PowerOff();
            if (offset + destination.Length > _inode.Length)
                throw new StorageCorruptException(Name, _inode.Length, $"the file ends before offset {offset + destination.Length}");
            if (_inode.IsUnreadable(offset, destination.Length))
                throw new StorageIoException($"{_path}: the simulated device cannot read {destination.Length} bytes at offset {offset}.");
            _inode.Read(offset, destination);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (_disk.Gate)
        {
            ThrowIfUnusable();
            DiskFault fault = _disk.Begin(DiskOperationKind.Write, _path, offset, source.Length);
            _disk.Reserve(_inode, offset + source.Length);
            _disk.Write(_inode, fault, offset, source);
            if (fault == DiskFault.Crash)
                throw _disk.PowerOff();
            if (fault == DiskFault.FailAfter)
                throw new StorageIoException($"{_path}: the simulated device failed behind a write at offset {offset}.");
        }
    }

    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        lock (_disk.Gate)
        {
            ThrowIfUnusable();
            DiskFault fault = _disk.Begin(DiskOperationKind.SetLength, _path, length, 0);
            _disk.Reserve(_inode, length);
            _inode.SetLength(length);
            if (fault == DiskFault.Crash)
                throw _disk.PowerOff();
        }
    }

    public void Flush()
    {
        lock (_disk.Gate)
        {
            ThrowIfUnusable();
            DiskFault fault = _disk.Begin(DiskOperationKind.Flush, _path, 0, 0);
            if (fault == DiskFault.Crash)
                throw _disk.PowerOff();
            if (fault == DiskFault.Fail)
            {
                _disk.FailFlush(_inode);
                _failed = true;
                ThrowIfUnusable();
            }

            _inode.Flush();
        }
    }

    public void Dispose()
    {
        lock (_disk.Gate)
        {
            if (!_disposed && _boot == _disk.Boot)
                _inode.OpenHandles--;
            _disposed = true;
        }
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _disk.ThrowIfDead(_boot);
        if (_failed)
            throw new StorageFailedException($"A flush of {_path} failed, so nothing is read from or written to it any more.");
    }
}
