// The one place that opens files by name; everything else works on the handles it hands out.
#pragma warning disable RS0030

using Microsoft.Win32.SafeHandles;

namespace RaftKv.Storage.Disk;

/// <summary>A directory of the operating system.</summary>
/// <remarks>
/// Subdirectories are durable when <see cref="OpenDirectory"/> returns. On Windows <see cref="Flush"/> does nothing: NTFS journals
/// names itself and offers no call for it.
/// </remarks>
public sealed class OsDirectory : IStorageDirectory
{
    private const string LockFileName = "LOCK";

    // The system's lock belongs to a file handle on most file systems and to the process on some (NFS): this set covers the latter.
    private static readonly HashSet<string> LockedHere = new(StringComparer.Ordinal);

    private readonly SafeFileHandle? _handle;
    private volatile bool _failed;

    private OsDirectory(string path, SafeFileHandle? handle)
    {
        Path = path;
        _handle = handle;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Opens a directory, creating it and its parents when absent.</summary>
    /// <param name="path">Absolute, or relative to the current directory of the process.</param>
    /// <exception cref="StorageIoException">The path names a file, or the system refused; nothing was changed.</exception>
    public static IStorageDirectory Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
            CreateDurably(full);
            return new OsDirectory(full, OpenHandle(full));
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"Opening the directory {path} failed", error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        try
        {
            List<string> names = [];
            foreach (string file in Directory.EnumerateFiles(Path))
                names.Add(System.IO.Path.GetFileName(file));
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"Listing {Path} failed", error);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string name) => File.Exists(Resolve(name));

    /// <inheritdoc/>
    public IStorageFile Create(string name) => OpenFile(name, FileMode.CreateNew, "Creating");

    /// <inheritdoc/>
    IStorageFile IStorageDirectory.Open(string name) => OpenFile(name, FileMode.Open, "Opening");

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        ThrowIfFailed();
        try
        {
            File.Move(Resolve(from), Resolve(to), overwrite: true);
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"Renaming {from} to {to} in {Path} failed", error);
        }
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        ThrowIfFailed();
        try
        {
            File.Delete(Resolve(name));
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"Deleting {name} in {Path} failed", error);
        }
    }

    /// <inheritdoc/>
    public IStorageDirectory OpenDirectory(string name) => Open(Resolve(name));

    /// <inheritdoc/>
    public void Flush()
    {
        ThrowIfFailed();
        int error = _handle is null ? 0 : LibC.Sync(_handle);
        if (error == 0)
            return;
        _failed = true;
        throw new StorageFailedException($"Flushing the directory {Path} failed with error {error}; which names it holds is unknown.");
    }

    /// <inheritdoc/>
    public IDisposable Lock()
    {
        lock (LockedHere)
        {
            if (!LockedHere.Add(Path))
                throw new StorageLockedException($"{Path} is already open in this process.");
        }

        try
        {
            string path = System.IO.Path.Combine(Path, LockFileName);
            SafeFileHandle handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new Hold(Path, handle);
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            Forget(Path);
            throw OsErrors.IsHeldByAnother(error)
                ? new StorageLockedException($"{Path} is locked by another live process.", error)
                : OsErrors.Translate($"Locking {Path} failed", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private static void Forget(string path)
    {
        lock (LockedHere)
            LockedHere.Remove(path);
    }

    private static void CreateDurably(string path)
    {
        if (Directory.Exists(path))
            return;
        string? parent = System.IO.Path.GetDirectoryName(path);
        if (parent is null)
            throw new IOException($"{path} does not exist.");
        CreateDurably(parent);
        Directory.CreateDirectory(path);
        using SafeFileHandle? handle = OpenHandle(parent);
        int error = handle is null ? 0 : LibC.Sync(handle);
        if (error != 0)
            throw new IOException($"flushing {parent} returned error {error}", error);
    }

    private static SafeFileHandle? OpenHandle(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        return LibC.OpenDirectory(path, out int error) ?? throw new IOException($"opening {path} returned error {error}", error);
    }

    private OsFile OpenFile(string name, FileMode mode, string doing)
    {
        ThrowIfFailed();
        string path = Resolve(name);
        try
        {
            const FileShare share = FileShare.ReadWrite | FileShare.Delete;
            return new OsFile(path, File.OpenHandle(path, mode, FileAccess.ReadWrite, share));
        }
        catch (Exception error) when (OsErrors.IsFromTheSystem(error))
        {
            throw OsErrors.Translate($"{doing} {path} failed", error);
        }
    }

    private string Resolve(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name != System.IO.Path.GetFileName(name))
            throw new ArgumentException($"'{name}' is a path; a directory takes plain names.", nameof(name));
        return System.IO.Path.Combine(Path, name);
    }

    private void ThrowIfFailed()
    {
        if (_failed)
            throw new StorageFailedException($"An earlier flush of the directory {Path} failed; it accepts nothing further.");
    }

    private sealed class Hold(string path, SafeFileHandle handle) : IDisposable
    {
        public void Dispose()
        {
            if (handle.IsClosed)
                return;
            handle.Dispose();
            Forget(path);
        }
    }
}
