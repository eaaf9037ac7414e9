using System.Globalization;
using RaftKv.Storage.Benchmarks.Store;
using RaftKv.Storage.Benchmarks.Wal;

const string usage = """
    wal   DIRECTORY                              the log beside the bare loop of append and flush
    store DIRECTORY [KEYS] [STORES] [PAGE SIZE]  the trees beside LMDB; stores are lmdb,tree,mvcc
    DIRECTORY must be empty or absent; it is deleted afterwards.
    """;

if (args.Length < 2 || args[0] is not ("wal" or "store"))
{
    Console.Error.WriteLine(usage);
    return 2;
}

string path = args[1];
if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
{
    Console.Error.WriteLine($"{path} is not empty; name a directory that is, or does not exist.");
    return 1;
}

try
{
    if (args[0] == "wal")
    {
        new WalBenchmark(path).Run();
        return 0;
    }

    int keys = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1_000_000;
    string[] stores = (args.Length > 3 ? args[3] : "lmdb,tree,mvcc").Split(',');
    int pageSizeBytes = args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : 4096;
    new StoreBenchmark(path, keys, pageSizeBytes).Run(stores);
    return 0;
}
finally
{
    if (Directory.Exists(path))
        Directory.Delete(path, recursive: true);
}
