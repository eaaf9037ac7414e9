namespace RaftKv.Storage;

/// <summary>The base of what storage throws. Which subclass it is says what may be done next.</summary>
public abstract class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Bytes on disk are not what was written. Nothing of them was returned as data.</summary>
public sealed class StorageCorruptException(string file, long offset, string what)
    : StorageException($"{file}, offset {offset}: {what}")
{
    /// <summary>The file, as its directory names it.</summary>
    public string File { get; } = file;

    /// <summary>Where the damage begins, in bytes from the start of the file.</summary>
    public long Offset { get; } = offset;
}

/// <summary>The device or the operating system refused an operation; the message names it and the file.</summary>
public sealed class StorageIoException(string message, Exception? inner = null) : StorageException(message, inner);

/// <summary>The device has no room. What was there before is untouched; the operation may be tried again once space is free.</summary>
public sealed class StorageFullException(string message, Exception? inner = null) : StorageException(message, inner);

/// <summary>An earlier failure left the state on disk unknown, so the component accepts nothing further. Reopen to recover.</summary>
public sealed class StorageFailedException(string message, Exception? inner = null) : StorageException(message, inner);

/// <summary>Another live process holds the directory.</summary>
public sealed class StorageLockedException(string message, Exception? inner = null) : StorageException(message, inner);

/// <summary>
/// All memory that was given for pages is in use by operations under way. A read or a checkpoint may be tried again; a batch has to be
/// dropped first.
/// </summary>
public sealed class StorageBusyException(string message) : StorageException(message);
