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
        IStorageDirectory root = options.Storage ?? OsDirectory.Open(options.DataDirectory!);
        bool owns = options.Storage is null;
        DataDirectory? directory = null;
        try
        {
            directory = new DataDirectory(root, owns, root.Lock());
            directory.RequireOwn(options);
            return directory;
        }
        catch (StorageLockedException e)
        {
            throw new RaftKvException(
                $"The directory {root.Path} is in use by another running node.", WriteOutcome.NotApplied, null, e)
            { Error = RaftKvError.DirectoryLocked };
        }
        catch when (directory is not null)
        {
            directory.Dispose();
            throw;
        }
    }

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
    public IStorageDirectory OpenLog() => _log ??= _root.OpenDirectory("wal");

    /// <summary>The directory of a group's machine; it belongs to the machine, which outlives the node.</summary>
    public IStorageDirectory OpenStore(GroupId group)
    {
        if (group == default)
            return _root.OpenDirectory("store");
        using IStorageDirectory groups = _root.OpenDirectory("groups");
        return groups.OpenDirectory(group.ToString());
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
