namespace RaftKv.Storage.Disk;

/// <summary>
/// One directory of files. Creating, renaming and deleting become durable with <see cref="Flush"/>; a crash before may keep or
/// lose each of them.
/// </summary>
public interface IStorageDirectory : IDisposable
{
    /// <summary>Where the directory is, for messages.</summary>
    string Path { get; }

    /// <summary>Names of the files, in ordinal order; subdirectories are not listed.</summary>
    IReadOnlyList<string> List();

    /// <summary>Whether a file of this name exists.</summary>
    bool Exists(string name);

    /// <summary>Creates an empty file and opens it.</summary>
    /// <exception cref="StorageIoException">A file of this name exists, or the device failed.</exception>
    IStorageFile Create(string name);

    /// <summary>Opens an existing file for reading and writing.</summary>
    /// <exception cref="StorageIoException">No such file, or the device failed.</exception>
    IStorageFile Open(string name);

    /// <summary>
    /// Renames a file that is not open, replacing any file of the new name in one step. Who has that one open goes on reading what it held.
    /// </summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file that is not open.</summary>
    void Delete(string name);

    /// <summary>Opens a subdirectory, creating it when absent.</summary>
    IStorageDirectory OpenDirectory(string name);

    /// <summary>On return every earlier create, rename and delete in this directory survives power loss.</summary>
    /// <exception cref="StorageFailedException">The flush failed; the directory accepts nothing further.</exception>
    void Flush();

    /// <summary>Takes the directory for this process until the result is disposed or the process ends, however it ends.</summary>
    /// <exception cref="StorageLockedException">Another live process holds it.</exception>
    IDisposable Lock();
}
