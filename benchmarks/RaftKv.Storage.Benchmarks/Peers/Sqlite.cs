using System.Runtime.InteropServices;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>What the comparison needs of SQLite's C interface (Debian: libsqlite3-0).</summary>
internal static unsafe partial class Sqlite
{
    public const string Library = "libsqlite3.so.0";

    public const int Done = 101;
    public const int HasRow = 100;

    /// <summary>Each connection is used by one thread at a time.</summary>
    public const int ReadWriteCreateWithoutMutex = 0x2 | 0x4 | 0x8000;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_open_v2(string path, out nint connection, int flags, nint vfs);

    [LibraryImport(Library)]
    public static partial int sqlite3_close_v2(nint connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_exec(nint connection, string sql, nint callback, nint argument, nint error);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_prepare_v2(nint connection, string sql, int bytes, out nint statement, nint tail);

    [LibraryImport(Library)]
    public static partial int sqlite3_bind_blob(nint statement, int index, void* data, int bytes, nint destructor);

    [LibraryImport(Library)]
    public static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_reset(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_finalize(nint statement);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(Library)]
    public static partial int sqlite3_column_bytes(nint statement, int column);

    public static void Check(int result)
    {
        if (result is not (0 or Done or HasRow))
            throw new InvalidOperationException($"SQLite answered {result}.");
    }
}
