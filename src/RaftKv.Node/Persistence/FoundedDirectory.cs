using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// Makes a member's directory around a state that exists: the log begins after it. The identity is written last and decides: before it the
/// directory holds no member, and making it begins anew.
/// </summary>
internal static class FoundedDirectory
{
    // Says that what lies here without an identity is the rest of an interrupted call.
    private const string MarkName = "founding";

    private static readonly string[] Harmless = ["LOCK", MarkName, IdentityFile.TemporaryName];

    /// <summary>Makes the directory.</summary>
    /// <param name="directory">The directory, locked.</param>
    /// <param name="options">Whose it is to be.</param>
    /// <param name="placeState">Puts the machine's files in place, durably, and tells the last command that they include.</param>
    /// <exception cref="RaftKvException">Something lies there that must not be overwritten.</exception>
    public static void Make(DataDirectory directory, RaftNodeOptions options, Func<IStorageDirectory, LogPosition> placeState)
    {
        IStorageDirectory root = directory.Root;
        if (IdentityFile.Read(root) is { } found)
            throw Occupied($"The directory {root.Path} belongs to node {found.NodeId} of cluster {found.ClusterId} already.");
        using IStorageDirectory state = directory.OpenStore(default);
        IStorageDirectory files = directory.OpenLog();
        if (root.Exists(MarkName))
        {
            Empty(files);
            Empty(state);
        }
        else
        {
            if (root.List().Except(Harmless).Any() || files.List().Count > 0 || state.List().Count > 0)
                throw Occupied($"The directory {root.Path} is not empty.");
            root.Create(MarkName).Dispose();
            root.Flush();
        }
        LogPosition position = placeState(state);
        using (WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions()))
            new EntryStore(log, default, FoundingConfiguration.Of(options.AllMembers(), options)).NewStart.BeginAfter(position);
        directory.Claim(options);
        root.Delete(MarkName);
        root.Flush();
    }

    private static void Empty(IStorageDirectory directory)
    {
        foreach (string name in directory.List())
            directory.Delete(name);
        directory.Flush();
    }

    private static RaftKvException Occupied(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.WrongDirectory };
}
