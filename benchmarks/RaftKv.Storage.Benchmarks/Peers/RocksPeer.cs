namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>RocksDB with flushed writes, no compression, a Bloom filter of ten bits and a block cache of 1 GiB.</summary>
internal sealed unsafe class RocksPeer : IPeer
{
    private const nuint CacheBytes = 1 << 30;

    private readonly string _directory;
    private readonly nint _store;
    private readonly nint _options = Rocks.rocksdb_options_create();
    private readonly nint _table = Rocks.rocksdb_block_based_options_create();
    private readonly nint _cache = Rocks.rocksdb_cache_create_lru(CacheBytes);
    private readonly nint _writing = Rocks.rocksdb_writeoptions_create();
    private readonly nint _reading = Rocks.rocksdb_readoptions_create();
    private readonly nint _batch = Rocks.rocksdb_writebatch_create();

    public RocksPeer(string directory)
    {
        _directory = directory;
        Rocks.rocksdb_block_based_options_set_block_cache(_table, _cache);
        Rocks.rocksdb_block_based_options_set_filter_policy(_table, Rocks.rocksdb_filterpolicy_create_bloom(10));
        Rocks.rocksdb_options_set_create_if_missing(_options, 1);
        Rocks.rocksdb_options_set_compression(_options, Rocks.NoCompression);
        Rocks.rocksdb_options_set_block_based_table_factory(_options, _table);
        Rocks.rocksdb_writeoptions_set_sync(_writing, 1);
        nint error = 0;
        _store = Rocks.rocksdb_open(_options, directory, &error);
        Rocks.Check(error);
    }

    public void Load(ReadOnlySpan<int> numbers, Workload workload)
    {
        byte* key = stackalloc byte[Workload.KeyBytes];
        Rocks.rocksdb_writebatch_clear(_batch);
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            fixed (byte* value = workload.Value(number))
                Rocks.rocksdb_writebatch_put(_batch, key, Workload.KeyBytes, value, Workload.ValueBytes);
        }
        nint error = 0;
        Rocks.rocksdb_write(_store, _writing, _batch, &error);
        Rocks.Check(error);
    }

    public void Finish() => Rocks.rocksdb_compact_range(_store, null, 0, null, 0);

    public long FileBytes() => new DirectoryInfo(_directory).EnumerateFiles("*.sst").Sum(file => file.Length);

    public long PointReads(ReadOnlySpan<int> numbers, Workload workload)
    {
        byte* key = stackalloc byte[Workload.KeyBytes];
        byte* copy = stackalloc byte[Workload.ValueBytes];
        long found = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            nint error = 0;
            nint slice = Rocks.rocksdb_get_pinned(_store, _reading, key, Workload.KeyBytes, &error);
            Rocks.Check(error);
            if (slice == 0)
                continue;
            byte* value = Rocks.rocksdb_pinnableslice_value(slice, out nuint bytes);
            Buffer.MemoryCopy(value, copy, Workload.ValueBytes, (long)bytes);
            Rocks.rocksdb_pinnableslice_destroy(slice);
            found++;
        }
        return found;
    }

    public long Ranges(ReadOnlySpan<int> numbers, Workload workload)
    {
        nint iterator = Rocks.rocksdb_create_iterator(_store, _reading);
        byte* key = stackalloc byte[Workload.KeyBytes];
        long bytes = 0;
        foreach (int number in numbers)
        {
            workload.Key(number, new Span<byte>(key, Workload.KeyBytes));
            Rocks.rocksdb_iter_seek(iterator, key, Workload.KeyBytes);
            bytes += Walk(iterator, 100);
        }
        Rocks.rocksdb_iter_destroy(iterator);
        return bytes;
    }

    public long Scan()
    {
        nint iterator = Rocks.rocksdb_create_iterator(_store, _reading);
        Rocks.rocksdb_iter_seek_to_first(iterator);
        long bytes = Walk(iterator, int.MaxValue);
        Rocks.rocksdb_iter_destroy(iterator);
        return bytes;
    }

    public void Dispose()
    {
        Rocks.rocksdb_writebatch_destroy(_batch);
        Rocks.rocksdb_close(_store);
        Rocks.rocksdb_writeoptions_destroy(_writing);
        Rocks.rocksdb_readoptions_destroy(_reading);
        Rocks.rocksdb_options_destroy(_options);
        Rocks.rocksdb_block_based_options_destroy(_table);
        Rocks.rocksdb_cache_destroy(_cache);
    }

    private static long Walk(nint iterator, int entriesMax)
    {
        long bytes = 0;
        for (int i = 0; i < entriesMax && Rocks.rocksdb_iter_valid(iterator) != 0; i++)
        {
            Rocks.rocksdb_iter_key(iterator, out nuint keyBytes);
            byte* value = Rocks.rocksdb_iter_value(iterator, out nuint valueBytes);
            bytes += (long)(keyBytes + valueBytes) + (*value & 0);
            Rocks.rocksdb_iter_next(iterator);
        }
        return bytes;
    }
}
