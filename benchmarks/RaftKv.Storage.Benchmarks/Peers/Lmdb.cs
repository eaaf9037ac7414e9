using System.Runtime.InteropServices;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>What the comparison needs of LMDB's C interface (Debian: liblmdb0).</summary>
internal static unsafe partial class Lmdb
{
    public const uint ReadOnly = 0x20000;
    public const int First = 0;
    public const int Next = 8;
    public const int SetRange = 17;
    public const int NotFound = -30798;

    public const string Library = "liblmdb.so.0";

    public struct Value
    {
        public nuint Size;
        public void* Data;
    }

    [LibraryImport(Library)]
    public static partial int mdb_env_create(out nint env);

    [LibraryImport(Library)]
    public static partial int mdb_env_set_mapsize(nint env, nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mdb_env_open(nint env, string path, uint flags, uint mode);

    [LibraryImport(Library)]
    public static partial void mdb_env_close(nint env);

    [LibraryImport(Library)]
    public static partial int mdb_txn_begin(nint env, nint parent, uint flags, out nint transaction);

    [LibraryImport(Library)]
    public static partial int mdb_txn_commit(nint transaction);

    [LibraryImport(Library)]
    public static partial void mdb_txn_abort(nint transaction);

    [LibraryImport(Library)]
    public static partial int mdb_dbi_open(nint transaction, nint name, uint flags, out uint dbi);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int mdb_get(nint transaction, uint dbi, Value* key, Value* value);

    [LibraryImport(Library)]
    public static partial int mdb_put(nint transaction, uint dbi, Value* key, Value* value, uint flags);

    [LibraryImport(Library)]
    public static partial int mdb_cursor_open(nint transaction, uint dbi, out nint cursor);

    [LibraryImport(Library)]
    public static partial void mdb_cursor_close(nint cursor);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int mdb_cursor_get(nint cursor, Value* key, Value* value, int operation);

    public static void Check(int result)
    {
        if (result != 0)
            throw new InvalidOperationException($"LMDB answered {result}.");
    }
}
