namespace RaftKv.Testing.Disk;

/// <summary>What a component asks of a simulated disk.</summary>
public enum DiskOperationKind
{
    /// <summary>Bytes read from a file.</summary>
    Read,

    /// <summary>Bytes written to a file, not yet durable.</summary>
    Write,

    /// <summary>A new length of a file, not yet durable.</summary>
    SetLength,

    /// <summary>A flush of a file.</summary>
    Flush,

    /// <summary>A new file in a directory.</summary>
    Create,

    /// <summary>A new name for a file.</summary>
    Rename,

    /// <summary>A file removed from its directory.</summary>
    Delete,

    /// <summary>A flush of a directory.</summary>
    FlushDirectory,
}

/// <summary>What happens to one operation on a simulated disk.</summary>
public enum DiskFault
{
    /// <summary>The operation succeeds.</summary>
    None,

    /// <summary>The device refuses: <c>StorageIoException</c>, or <c>StorageFailedException</c> and a poisoned file from a flush.</summary>
    Fail,

    /// <summary>The device has no room: <c>StorageFullException</c> from writes, lengths and creations; ignored by the others.</summary>
    Full,

    /// <summary>A write is acknowledged and never reaches the disk, nor the cache; ignored by operations other than writes.</summary>
    Lose,

    /// <summary>
    /// A write is acknowledged and lost like <see cref="Lose"/>, but only where that can be noticed: should the file be closed before
    /// another write to it was flushed, so that nothing behind it tells that it is missing, then it was there all the time.
    /// </summary>
    LoseNoticeably,

    /// <summary>A write goes to another place of its file, and is lost at its own; ignored by operations other than writes.</summary>
    Stray,

    /// <summary>A write goes to an earlier place of its file, and is lost like <see cref="LoseNoticeably"/> at its own.</summary>
    StrayNoticeably,

    /// <summary>A write reaches the cache and yet throws <c>StorageIoException</c>; like <see cref="Fail"/> for the others.</summary>
    FailAfter,

    /// <summary>The machine stops in the middle of the operation: everything fails until <see cref="SimulatedDisk.Crash"/>.</summary>
    Crash,
}

/// <summary>One operation, as <see cref="SimulatedDisk.Faults"/> sees it before it happens.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Path">The file or directory, with slashes, relative to the root.</param>
/// <param name="Offset">The first byte, or the new length; 0 where there is none.</param>
/// <param name="Length">The bytes read or written; 0 where there are none.</param>
/// <param name="Number">Counts the operations that change or flush something, from 1; 0 for reads.</param>
public readonly record struct DiskOperation(DiskOperationKind Kind, string Path, long Offset, long Length, long Number);
