using System.Buffers.Binary;
using System.Security.Cryptography;
using RaftKv.Node.Persistence;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;

namespace RaftKv.Node;

/// <summary>A node's directory: taken for this process, and known to be this node's.</summary>
/// <remarks>
/// <c>identity</c> and <c>LOCK</c> lie in it, the log in <c>wal</c>, the files of group 0's machine in <c>store</c>, those of group N in
/// <c>groups/N</c>.
/// </remarks>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>The directory of the log within a node's directory.</summary>
    public const string LogName = "wal";

    private readonly IStorageDirectory _root;
    private readonly bool _ownsRoot;
    private readonly IDisposable _lock;
    private IStorageDirectory? _log;

    private DataDirectory(IStorageDirectory root, bool ownsRoot, IDisposable lockHeld)
    {
        _root = root;
        _ownsRoot = ownsRoot;
        _lock = lockHeld;
    }

    /// <summary>Opens, locks and checks a directory. One without an identity becomes this node's with <see cref="Claim"/>.</summary>
    /// <exception cref="RaftKvException">Another process holds it, or it is another node's; nothing in it was touched.</exception>
    public static DataDirectory Open(RaftNodeOptions options)
    {
        DataDirectory directory = Take(options.Storage ?? OsDirectory.Open(options.DataDirectory!), owns: options.Storage is null);
        try
        {
            ForcedStart.Finish(directory.Root);
            directory.RequireOwn(options);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Locks a directory, whatever it holds.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="owns">Whether it is closed with the result, or when it cannot be locked.</param>
    /// <exception cref="RaftKvException">Another process holds it.</exception>
    public static DataDirectory Take(IStorageDirectory root, bool owns)
    {
        try
        {
            return new DataDirectory(root, owns, root.Lock());
        }
        catch (Exception e)
        {
            string path = root.Path;
            if (owns)
                root.Dispose();
            if (e is not StorageLockedException)
                throw;
            throw new RaftKvException($"The directory {path} is in use by another running node.", WriteOutcome.NotApplied, null, e)
            {
                Error = RaftKvError.DirectoryLocked,
            };
        }
    }

    /// <summary>The directory itself.</summary>
    public IStorageDirectory Root => _root;

    /// <summary>Reads the node's identity; writes one into a directory that has none.</summary>
    public NodeIdentity Claim(RaftNodeOptions options)
    {
        if (IdentityFile.Read(_root) is { } found)
            return found;
        ulong incarnation = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        NodeIdentity drawn = new(options.ClusterId, options.NodeId, incarnation);
        IdentityFile.Create(_root, drawn);
        return drawn;
    }

    /// <summary>The log's directory; closed with this one.</summary>
    public IStorageDirectory OpenLog() => _log ??= _root.OpenDirectory(LogName);

    /// <summary>The directory of a group's machine; it belongs to the machine, which outlives the node.</summary>
    public IStorageDirectory OpenStore(GroupId group)
    {
        if (group == default)
            return _root.OpenDirectory("store");
        using IStorageDirectory groups = _root.OpenDirectory("groups");
        return groups.OpenDirectory(group.ToString());
    }

    /// <summary>Whether there are files of a group's machine.</summary>
    public bool HoldsStore(GroupId group)
    {
        using IStorageDirectory store = OpenStore(group);
        return store.List().Count > 0;
    }

    /// <summary>Deletes the files of a group's machine, which is not open.</summary>
    public void DeleteStore(GroupId group)
    {
        using IStorageDirectory store = OpenStore(group);
        Empty(store);
    }

    /// <summary>Deletes every file of a directory, durably.</summary>
    public static void Empty(IStorageDirectory directory)
    {
        foreach (string name in directory.List())
            directory.Delete(name);
        directory.Flush();
    }

    public void Dispose()
    {
        _log?.Dispose();
        _lock.Dispose();
        if (_ownsRoot)
            _root.Dispose();
    }

    private void RequireOwn(RaftNodeOptions options)
    {
        if (IdentityFile.Read(_root) is not { } found)
            return;
        if (found.ClusterId != options.ClusterId)
            throw Wrong($"The directory {_root.Path} belongs to cluster {found.ClusterId}, not to {options.ClusterId}.");
        if (found.NodeId != options.NodeId)
            throw Wrong($"The directory {_root.Path} belongs to node {found.NodeId}, not to node {options.NodeId}.");
    }

    private static RaftKvException Wrong(string message) =>
        new(message, WriteOutcome.NotApplied) { Error = RaftKvError.WrongDirectory };
}
