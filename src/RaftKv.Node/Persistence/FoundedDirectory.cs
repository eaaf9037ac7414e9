using System.Globalization;
using System.Text;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>
/// Makes a member's directory around states that exist: the log of each group begins after its own. The identity is written last and decides:
/// before it the directory holds no member, and making it begins anew.
/// </summary>
internal static class FoundedDirectory
{
    // Says that what lies here without an identity is the rest of an interrupted call, and whose state that may be: a group's number a line.
    private const string MarkName = "founding";

    private static readonly string[] Harmless = ["LOCK", MarkName, IdentityFile.TemporaryName];

    /// <summary>Makes the directory.</summary>
    /// <param name="directory">The directory, locked.</param>
    /// <param name="options">Whose it is to be.</param>
    /// <param name="groups">What it is to begin with, each group once.</param>
    /// <exception cref="RaftKvException">Something lies there that must not be overwritten.</exception>
    public static void Make(DataDirectory directory, RaftNodeOptions options, IReadOnlyCollection<FoundedGroup> groups)
    {
        IStorageDirectory root = directory.Root;
        if (IdentityFile.Read(root) is { } found)
            throw Occupied($"The directory {root.Path} belongs to node {found.NodeId} of cluster {found.ClusterId} already.");
        Configuration[] configurations =
        [
            .. groups.Select(group => FoundingConfiguration.Of(FoundingConfiguration.Members(group.Group, group.Members, options), options)),
        ];
        IStorageDirectory files = directory.OpenLog();
        ClearWay(directory, files, groups);
        using (WriteAheadLog log = WriteAheadLog.Open(files, new WalOptions()))
        {
            foreach ((FoundedGroup group, Configuration configuration) in groups.Zip(configurations))
            {
                using IStorageDirectory state = directory.OpenStore(group.Group);
                new EntryStore(log, group.Group, configuration).NewStart.BeginAfter(group.PlaceState(state));
            }
        }
        directory.Claim(options);
        root.Delete(MarkName);
        root.Flush();
    }

    // Takes away what an interrupted call left, and nothing else; marks what this one may leave.
    private static void ClearWay(DataDirectory directory, IStorageDirectory files, IReadOnlyCollection<FoundedGroup> groups)
    {
        IStorageDirectory root = directory.Root;
        if (root.Exists(MarkName))
        {
            DataDirectory.Empty(files);
            foreach (GroupId group in Marked(root))
                directory.DeleteStore(group);
            root.Delete(MarkName);
        }
        if (root.List().Except(Harmless).Any() || files.List().Count > 0 || groups.Any(group => directory.HoldsStore(group.Group)))
            throw Occupied($"The directory {root.Path} is not empty.");
        using (IStorageFile mark = root.Create(MarkName))
        {
            mark.Write(0, Encoding.ASCII.GetBytes(string.Concat(groups.Select(group => $"{group.Group}\n"))));
            mark.Flush();
        }
        root.Flush();
    }

    // Nothing was placed before the mark was durable: a line without an end is of no account.
    private static IEnumerable<GroupId> Marked(IStorageDirectory root)
    {
        using IStorageFile mark = root.Open(MarkName);
        byte[] bytes = new byte[mark.Length];
        mark.ReadExactly(0, bytes);
        foreach (string line in Encoding.ASCII.GetString(bytes).Split('\n')[..^1])
        {
            if (long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long group))
                yield return new GroupId(group);
        }
    }

    private static RaftKvException Occupied(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.WrongDirectory };
}
