using System.Collections.Concurrent;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>SQLite with its log in WAL mode, every commit flushed, a table without row ids and 1 GiB of page cache per connection.</summary>
internal sealed unsafe class SqlitePeer : IPeer
{
    private readonly string _path;
    private readonly SqliteConnection _writer;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];

    public SqlitePeer(string directory)
    {
        _path = Path.Combine(directory, "entries.db");
        _writer = new SqliteConnection(_path);
    }

    public void Load(ReadOnlySpan<int> numbers, Workload workload)
    {
        byte* key = stackalloc byte[Workload.KeyBytes];
        _writer.Execute("BEGIN");
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            fixed (byte* value = workload.Value(number))
            {
                Bind(_writer.Put, 1, key, Workload.KeyBytes);
                Bind(_writer.Put, 2, value, Workload.ValueBytes);
                Sqlite.Check(Sqlite.sqlite3_step(_writer.Put));
                Sqlite.Check(Sqlite.sqlite3_reset(_writer.Put));
            }
        }
        _writer.Execute("COMMIT");
    }

    public void Finish() => _writer.Execute("PRAGMA wal_checkpoint(TRUNCATE)");

    public long FileBytes() => new FileInfo(_path).Length;

    public long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        SqliteConnection connection = Reader();
        byte* key = stackalloc byte[Workload.KeyBytes];
        byte* copy = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            Bind(connection.Get, 1, key, Workload.KeyBytes);
            if (Sqlite.sqlite3_step(connection.Get) == Sqlite.HasRow)
            {
                int length = Sqlite.sqlite3_column_bytes(connection.Get, 0);
                Buffer.MemoryCopy(Sqlite.sqlite3_column_blob(connection.Get, 0), copy, Workload.ValueBytes, length);
                found++;
            }
            Sqlite.Check(Sqlite.sqlite3_reset(connection.Get));
        }
        _readers.Add(connection);
        return found;
    }

    public long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        SqliteConnection connection = Reader();
        byte* key = stackalloc byte[Workload.KeyBytes];
        long bytes = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            Bind(connection.From, 1, key, Workload.KeyBytes);
            bytes += Walk(connection.From);
        }
        _readers.Add(connection);
        return bytes;
    }

    public long Scan()
    {
        SqliteConnection connection = Reader();
        long bytes = Walk(connection.All);
        _readers.Add(connection);
        return bytes;
    }

    public void Dispose()
    {
        foreach (SqliteConnection reader in _readers)
            reader.Dispose();
        _writer.Dispose();
    }

    private SqliteConnection Reader() => _readers.TryTake(out SqliteConnection? reader) ? reader : new SqliteConnection(_path);

    private static long Walk(nint statement)
    {
        long bytes = 0;
        while (Sqlite.sqlite3_step(statement) == Sqlite.HasRow)
        {
            bytes += Sqlite.sqlite3_column_bytes(statement, 0) + Sqlite.sqlite3_column_bytes(statement, 1);
            bytes += *Sqlite.sqlite3_column_blob(statement, 1) & 0;
        }
        Sqlite.Check(Sqlite.sqlite3_reset(statement));
        return bytes;
    }

    // The bytes stay where they are until the statement has run, so SQLite need not copy them: destructor 0.
    private static void Bind(nint statement, int index, byte* data, int bytes)
        => Sqlite.Check(Sqlite.sqlite3_bind_blob(statement, index, data, bytes, 0));
}
