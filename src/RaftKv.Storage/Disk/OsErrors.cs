namespace RaftKv.Storage.Disk;

/// <summary>Turns what the base library throws into what storage throws.</summary>
internal static class OsErrors
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsSharingViolation = unchecked((int)0x80070020);
    private const int LinuxWouldBlock = 11;
    private const int DarwinWouldBlock = 35;

    public static bool IsFromTheSystem(Exception error) =>
        error is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException;

    public static bool IsHeldByAnother(Exception error) =>
        error is IOException && error.HResult is LinuxWouldBlock or DarwinWouldBlock or WindowsSharingViolation;

    public static StorageException Translate(string what, Exception error) =>
        IsNoSpace(error.HResult)
            ? new StorageFullException($"{what}: no space is left on the device.", error)
            : new StorageIoException($"{what}: {error.Message}", error);

    private static bool IsNoSpace(int result) =>
        OperatingSystem.IsWindows()
            ? result is WindowsDiskFull or WindowsHandleDiskFull
            : result is LibC.NoSpace or LibC.QuotaExceeded;
}
