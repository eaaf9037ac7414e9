namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>One connection with its prepared statements; one thread at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    private readonly nint _connection;

    public SqliteConnection(string path)
    {
        Sqlite.Check(Sqlite.sqlite3_open_v2(path, out _connection, Sqlite.ReadWriteCreateWithoutMutex, 0));
        Execute("PRAGMA journal_mode=WAL");
        Execute("PRAGMA synchronous=FULL");
        Execute("PRAGMA cache_size=-1048576");
        Execute("CREATE TABLE IF NOT EXISTS entries (k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID");
        Put = Prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)");
        Get = Prepare("SELECT v FROM entries WHERE k = ?");
        From = Prepare("SELECT k, v FROM entries WHERE k >= ? ORDER BY k LIMIT 100");
        All = Prepare("SELECT k, v FROM entries ORDER BY k");
    }

    public nint Put { get; }

    public nint Get { get; }

    public nint From { get; }

    public nint All { get; }

    public void Execute(string sql) => Sqlite.Check(Sqlite.sqlite3_exec(_connection, sql, 0, 0, 0));

    public void Dispose()
    {
        foreach (nint statement in new[] { Put, Get, From, All })
            Sqlite.Check(Sqlite.sqlite3_finalize(statement));
        Sqlite.Check(Sqlite.sqlite3_close_v2(_connection));
    }

    private nint Prepare(string sql)
    {
        Sqlite.Check(Sqlite.sqlite3_prepare_v2(_connection, sql, -1, out nint statement, 0));
        return statement;
    }
}
