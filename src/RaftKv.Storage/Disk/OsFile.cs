using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace RaftKv.Storage.Disk;

/// <summary>A file of the operating system: positioned reads and writes over a handle, no buffer of its own.</summary>
/// <remarks>
/// On Linux a flush is fdatasync: it persists the data and the length, not the times. Elsewhere it is what
/// <see cref="RandomAccess.FlushToDisk"/> does.
/// </remarks>
internal sealed class OsFile : IStorageFile
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private long _length;
    private (long Offset, long Length) _writtenBack;    // by the last call of BeginWriteBack
    private volatile bool _failed;

    public OsFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        _length = RandomAccess.GetLength(handle);
        Name = System.IO.Path.GetFileName(path);
    }

    public string Name { get; }

    public long Length => Volatile.Read(ref _length);

    public long WrittenEnd => OperatingSystem.IsLinux() ? LibC.FindDataEnd(_handle, Length) : Length;

    public void ReadExactly(long offset, Span<byte> destination)
    {
        ThrowIfFailed();
        while (!destination.IsEmpty)
        {
            int read;
            try
            {
                read = RandomAccess.Read(_handle, destination, offset);
            }
            catch (Exception error) when (OsErrors.IsFromTheSystem(error))
            {
                throw new StorageIoException($"Reading {_path} at offset {offset} failed: {error.Message}", error);
            }

            if (read == 0)
                throw new StorageCorruptException(Name, offset, $"the file ends {destination.Length} bytes before the read does");
            offset += read;
            destination = destination[read..];
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        ThrowIfFailed();
        try
        {
            RandomAccess.Write(_handle, source, offset);
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"Writing {source.Length} bytes to {_path} at offset {offset} failed", error);
        }

        if (offset + source.Length > _length)
            Volatile.Write(ref _length, offset + source.Length);
    }

    public void SetLength(long length)
    {
        ThrowIfFailed();
        try
        {
            if (length <= _length || !TryAllocate(length))
                RandomAccess.SetLength(_handle, length);
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"Setting the length of {_path} to {length} bytes failed", error);
        }

        Volatile.Write(ref _length, length);
    }

    public void BeginWriteBack(long offset, long length)
    {
        ThrowIfFailed();
        if (!OperatingSystem.IsLinux())
            return;
        // The system tells a failure to whoever asks first, and only once: then the next flush would not hear of it.
        int error = _writtenBack.Length > 0 ? LibC.AwaitWriteBack(_handle, _writtenBack.Offset, _writtenBack.Length) : 0;
        if (error == 0 && length > 0)
            error = LibC.BeginWriteBack(_handle, offset, length);
        if (error != 0)
            Fail(new IOException($"sync_file_range returned error {error}", error));
        _writtenBack = (offset, length);
    }

    public void Flush()
    {
        ThrowIfFailed();
        try
        {
            int error = OperatingSystem.IsLinux() ? LibC.SyncData(_handle) : 0;
            if (error != 0)
                throw new IOException($"fdatasync returned error {error}", error);
            if (!OperatingSystem.IsLinux())
                RandomAccess.FlushToDisk(_handle);
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            Fail(error);
        }
    }

    // After a failed flush the system may count what it did not write as clean: a second flush would succeed and lie, and so would a read by
    // the next process. The cache forgets what is clean; the medium answers instead.
    [DoesNotReturn]
    private void Fail(Exception error)
    {
        _failed = true;
        if (OperatingSystem.IsLinux())
            LibC.ForgetClean(_handle);
        throw new StorageFailedException($"Flushing {_path} failed, what it holds is unknown: {error.Message}", error);
    }

    public void Dispose() => _handle.Dispose();

    private bool TryAllocate(long length)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        int error = LibC.Allocate(_handle, _length, length - _length);
        if (error is LibC.NoSpace or LibC.QuotaExceeded)
        {
            RandomAccess.SetLength(_handle, _length);
            throw new IOException($"posix_fallocate returned error {error}", error);
        }

        return error == 0;
    }

    private void ThrowIfFailed()
    {
        if (_failed)
            throw new StorageFailedException($"An earlier flush of {_path} failed, so nothing is read from or written to it any more.");
    }
}
