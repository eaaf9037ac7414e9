using RaftKv.Storage.Benchmarks.Wal;

string path = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "raftkv-benchmark");
if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
{
    Console.Error.WriteLine($"{path} is not empty; name a directory that is, or does not exist.");
    return 1;
}

try
{
    new WalBenchmark(path).Run();
    return 0;
}
finally
{
    if (Directory.Exists(path))
        Directory.Delete(path, recursive: true);
}
