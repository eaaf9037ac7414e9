namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>LMDB with its defaults: every commit is durable.</summary>
internal sealed unsafe class LmdbPeer : IPeer
{
    private readonly string _directory;
    private readonly nint _env;
    private readonly uint _dbi;

    public LmdbPeer(string directory)
    {
        _directory = directory;
        Lmdb.Check(Lmdb.mdb_env_create(out _env));
        Lmdb.Check(Lmdb.mdb_env_set_mapsize(_env, (nuint)16 << 30));
        Lmdb.Check(Lmdb.mdb_env_open(_env, directory, 0, 0x1B4));
        Lmdb.Check(Lmdb.mdb_txn_begin(_env, 0, 0, out nint transaction));
        Lmdb.Check(Lmdb.mdb_dbi_open(transaction, 0, 0, out _dbi));
        Lmdb.Check(Lmdb.mdb_txn_commit(transaction));
    }

    public void Load(ReadOnlySpan<int> numbers, Workload workload)
    {
        Lmdb.Check(Lmdb.mdb_txn_begin(_env, 0, 0, out nint transaction));
        byte* key = stackalloc byte[Workload.KeyBytes];
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            fixed (byte* bytes = workload.Value(number))
            {
                var k = new Lmdb.Value { Size = Workload.KeyBytes, Data = key };
                var v = new Lmdb.Value { Size = Workload.ValueBytes, Data = bytes };
                Lmdb.Check(Lmdb.mdb_put(transaction, _dbi, &k, &v, 0));
            }
        }
        Lmdb.Check(Lmdb.mdb_txn_commit(transaction));
    }

    public void Finish()
    {
    }

    public long FileBytes() => new FileInfo(Path.Combine(_directory, "data.mdb")).Length;

    public long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        Lmdb.Check(Lmdb.mdb_txn_begin(_env, 0, Lmdb.ReadOnly, out nint transaction));
        byte* key = stackalloc byte[Workload.KeyBytes];
        byte* copy = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            var k = new Lmdb.Value { Size = Workload.KeyBytes, Data = key };
            Lmdb.Value v;
            if (Lmdb.mdb_get(transaction, _dbi, &k, &v) != 0)
                continue;
            Buffer.MemoryCopy(v.Data, copy, Workload.ValueBytes, (long)v.Size);
            found++;
        }
        Lmdb.mdb_txn_abort(transaction);
        return found;
    }

    public long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        Lmdb.Check(Lmdb.mdb_txn_begin(_env, 0, Lmdb.ReadOnly, out nint transaction));
        Lmdb.Check(Lmdb.mdb_cursor_open(transaction, _dbi, out nint cursor));
        byte* key = stackalloc byte[Workload.KeyBytes];
        long bytes = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            var k = new Lmdb.Value { Size = Workload.KeyBytes, Data = key };
            Lmdb.Value v;
            int result = Lmdb.mdb_cursor_get(cursor, &k, &v, Lmdb.SetRange);
            for (int i = 0; i < 100 && result == 0; i++)
            {
                bytes += (long)(k.Size + v.Size) + (*(byte*)v.Data & 0);
                result = Lmdb.mdb_cursor_get(cursor, &k, &v, Lmdb.Next);
            }
        }
        Lmdb.mdb_cursor_close(cursor);
        Lmdb.mdb_txn_abort(transaction);
        return bytes;
    }

    public long Scan()
    {
        Lmdb.Check(Lmdb.mdb_txn_begin(_env, 0, Lmdb.ReadOnly, out nint transaction));
        Lmdb.Check(Lmdb.mdb_cursor_open(transaction, _dbi, out nint cursor));
        long bytes = 0;
        Lmdb.Value k;
        Lmdb.Value v;
        int result = Lmdb.mdb_cursor_get(cursor, &k, &v, Lmdb.First);
        while (result == 0)
        {
            bytes += (long)(k.Size + v.Size) + (*(byte*)v.Data & 0);
            result = Lmdb.mdb_cursor_get(cursor, &k, &v, Lmdb.Next);
        }
        Lmdb.mdb_cursor_close(cursor);
        Lmdb.mdb_txn_abort(transaction);
        return bytes;
    }

    public void Dispose() => Lmdb.mdb_env_close(_env);
}
