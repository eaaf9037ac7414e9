using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RaftKv.Storage.Disk;

/// <summary>The seven calls of the C library that .NET does not wrap. Nothing else in the house calls native code for files.</summary>
internal static partial class LibC
{
    public const int NoSpace = 28;
    public const int QuotaExceeded = 122;

    private const int Interrupted = 4;
    private const int NoSuchAddress = 6;
    private const int ReadOnly = 0;
    private const int DontNeed = 4;
    private const int Data = 3;
    private const int Hole = 4;
    private const int WaitForWritesBegun = 1;
    private const int BeginWrites = 2;
    private const int NotImplemented = 38;
    private const int CloseOnExecLinux = 0x80000;
    private const int CloseOnExecDarwin = 0x1000000;

    /// <summary>Flushes data, and of the metadata only what is needed to read it back. Zero, or the error number.</summary>
    public static int SyncData(SafeFileHandle file)
    {
        int error;
        do
            error = FDataSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == Interrupted);
        return error;
    }

    /// <summary>Has the writing of a range's bytes to the device begin. Linux only. Zero, or the error number.</summary>
    public static int BeginWriteBack(SafeFileHandle file, long offset, long length) => WriteBack(file, offset, length, BeginWrites);

    /// <summary>Waits until what was begun for a range has come to the device. Linux only. Zero, or the error number.</summary>
    public static int AwaitWriteBack(SafeFileHandle file, long offset, long length) => WriteBack(file, offset, length, WaitForWritesBegun);

    private static int WriteBack(SafeFileHandle file, long offset, long length, int what)
    {
        int error;
        do
            error = SyncFileRange(file, offset, length, what) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == Interrupted);
        return error == NotImplemented ? 0 : error;
    }

    /// <summary>Flushes data and metadata. Zero, or the error number.</summary>
    public static int Sync(SafeFileHandle file)
    {
        int error;
        do
            error = FSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == Interrupted);
        return error;
    }

    /// <summary>Reserves blocks and extends the length. Zero, or the error number.</summary>
    public static int Allocate(SafeFileHandle file, long offset, long length)
    {
        int error;
        do
            error = PosixFAllocate(file, offset, length);
        while (error == Interrupted);
        return error;
    }

    /// <summary>Asks the system to drop what it caches of a file and believes to be on the medium. It may decline.</summary>
    public static void ForgetClean(SafeFileHandle file) => _ = PosixFAdvise(file, 0, 0, DontNeed);

    /// <summary>
    /// Where the last bytes end that the file system has data for; the length where it cannot tell. Linux only. Moves the file's position,
    /// which nothing here reads or writes at.
    /// </summary>
    public static long FindDataEnd(SafeFileHandle file, long length)
    {
        long end = 0;
        while (end < length)
        {
            long data = Seek(file, end, Data);
            if (data < 0 && Marshal.GetLastPInvokeError() == NoSuchAddress)
                return end;
            end = data < 0 ? -1 : Seek(file, data, Hole);
            if (end < 0)
                return length;
        }

        return length;
    }

    /// <summary>Opens a directory so that it can be flushed; null when the system refuses, with the error number.</summary>
    public static SafeFileHandle? OpenDirectory(string path, out int error)
    {
        int flags = ReadOnly | (OperatingSystem.IsMacOS() ? CloseOnExecDarwin : CloseOnExecLinux);
        nint descriptor = OpenPath(path, flags);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFAllocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);
}
