using System.Runtime.InteropServices;

namespace RaftKv.Storage.Benchmarks.Peers;

/// <summary>A store that can be measured: its name and how to open it in a directory.</summary>
/// <param name="Id">How it is called on the command line.</param>
/// <param name="Name">How it is called in tables.</param>
/// <param name="Open">Opens it in a directory.</param>
internal sealed record PeerKind(string Id, string Name, Func<string, IPeer> Open)
{
    public const string Tree = "RaftKv tree";
    public const string Mvcc = "RaftKv MVCC";
    public const string LmdbName = "LMDB";

    private static readonly (PeerKind Kind, string Library, string Package)[] Foreign =
    [
        (new PeerKind("lmdb", LmdbName, directory => new LmdbPeer(directory)), Lmdb.Library, "liblmdb0"),
        (new PeerKind("sqlite", "SQLite", directory => new SqlitePeer(directory)), Sqlite.Library, "libsqlite3-0"),
        (new PeerKind("rocksdb", "RocksDB", directory => new RocksPeer(directory)), Rocks.Library, "librocksdb7.8"),
    ];

    /// <summary>This project's stores and every peer whose library is installed; says which are not.</summary>
    public static IReadOnlyList<PeerKind> Available(string[]? wanted)
    {
        List<PeerKind> kinds =
        [
            new("tree", Tree, directory => new TreePeer(directory)),
            new("mvcc", Mvcc, directory => new MvccPeer(directory)),
        ];
        kinds.RemoveAll(kind => wanted?.Contains(kind.Id) == false);
        foreach ((PeerKind kind, string library, string package) in Foreign)
        {
            if (wanted?.Contains(kind.Id) == false)
                continue;
            if (NativeLibrary.TryLoad(library, out _))
                kinds.Add(kind);
            else
                Console.Error.WriteLine($"{kind.Name} is skipped: {library} is not installed (Debian: {package}).");
        }
        return kinds;
    }
}
