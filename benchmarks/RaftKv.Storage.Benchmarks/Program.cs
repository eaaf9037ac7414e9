using System.Globalization;
using RaftKv.Storage.Benchmarks.Parts;
using RaftKv.Storage.Benchmarks.Peers;
using RaftKv.Storage.Benchmarks.Reporting;

const string usage = """
    DIRECTORY [--parts wal,ascending,random,opening,compaction,memory] [--keys 1000000] [--stores tree,mvcc,lmdb,sqlite,rocksdb]
        [--write docs/benchmarks.md]
    Measures all parts, or those named, and prints a table. DIRECTORY must be empty or absent; it is deleted afterwards.
    --stores limits the parts ascending and random to some stores. --write also replaces the parts' tables in that page.
    """;

if (OpeningBenchmark.RunAsChild(args) || MemoryBenchmark.RunAsChild(args))
    return 0;
string[] known = ["wal", "ascending", "random", "opening", "compaction", "memory"];
Dictionary<string, string> options = [];
for (int i = 1; i + 1 < args.Length; i += 2)
    options[args[i]] = args[i + 1];
string[] parts = options.TryGetValue("--parts", out string? named) ? named.Split(',') : known;
bool knowsOptions = options.Keys.All(name => name is "--parts" or "--keys" or "--stores" or "--write");
if (args.Length % 2 == 0 || !knowsOptions || parts.Except(known).Any())
{
    Console.Error.WriteLine(usage);
    return 2;
}

string root = args[0];
if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
{
    Console.Error.WriteLine($"{root} is not empty; name a directory that is, or does not exist.");
    return 1;
}

const int keysToWarmUp = 200_000;
IReadOnlyList<PeerKind> kinds = PeerKind.Available(options.TryGetValue("--stores", out string? stores) ? stores.Split(',') : null);
List<PeerKind> ownKinds = [.. kinds.Where(kind => kind.Name is PeerKind.Tree or PeerKind.Mvcc)];
int keys = int.Parse(options.GetValueOrDefault("--keys", "1000000"), CultureInfo.InvariantCulture);
var report = new Report();
try
{
    foreach (string part in parts)
    {
        report.Begin(part);
        Measure(part);
    }
}
finally
{
    if (Directory.Exists(root))
        Directory.Delete(root, recursive: true);
}

report.Print();
if (options.TryGetValue("--write", out string? page))
    report.WriteInto(page);
return 0;

void Measure(string part)
{
    switch (part)
    {
        case "wal":
            new WalBenchmark(root, report).Run();
            break;
        case "ascending":
            new StoreBenchmark(root, keysToWarmUp, ownKinds, WarmUp()).RunAscending();
            new StoreBenchmark(root, keys, kinds, report).RunAscending();
            break;
        case "random":
            new StoreBenchmark(root, keysToWarmUp, ownKinds, WarmUp()).RunRandom();
            new StoreBenchmark(root, keys, kinds, report).RunRandom();
            break;
        case "opening":
            new OpeningBenchmark(root, WarmUp()).Run(20_000);
            var opening = new OpeningBenchmark(root, report);
            opening.Run(keys);
            opening.Run(10 * keys);
            break;
        case "compaction":
            new CompactionBenchmark(root, keys, report).Run();
            break;
        default:
            new MemoryBenchmark(root, keys, report).Run();
            break;
    }
}

// For a run that has the code compiled, as it is in a process that has run for a while.
static Report WarmUp()
{
    var unread = new Report();
    unread.Begin("warming up");
    return unread;
}
