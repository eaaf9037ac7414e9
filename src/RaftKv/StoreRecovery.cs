using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>What is done to the directories of a store's members that do not run, when a cluster has lost more than it survives.</summary>
public static class StoreRecovery
{
    // The store is opened only to be asked.
    private static readonly MvccOptions Small = new() { CacheBytes = 1024 * 1024 };

    /// <summary>
    /// Makes one survivor a cluster of its own under a new name, with all that it has:
    /// <see cref="ClusterRecovery.ForceNewCluster(string, string, Func{GroupId, IStorageDirectory, LogPosition}?)"/>.
    /// </summary>
    /// <param name="dataDirectory">The member's directory.</param>
    /// <param name="newClusterId">The new cluster's name, another one than before.</param>
    /// <returns>What was found and what it has become.</returns>
    /// <exception cref="RaftKvException">Nothing was changed; the message says why.</exception>
    public static ForcedCluster ForceNewCluster(string dataDirectory, string newClusterId) =>
        ClusterRecovery.ForceNewCluster(dataDirectory, newClusterId, Applied);

    /// <summary>The same for a directory given as an object, which the caller keeps.</summary>
    /// <inheritdoc cref="ForceNewCluster(string, string)"/>
    public static ForcedCluster ForceNewCluster(IStorageDirectory storage, string newClusterId) =>
        ClusterRecovery.ForceNewCluster(storage, newClusterId, Applied);

    private static LogPosition Applied(GroupId group, IStorageDirectory directory)
    {
        using MvccStore store = MvccStore.Open(directory, Small);
        return new LogPosition(new Term(store.Applied.Term), new LogIndex(store.Applied.Index));
    }
}
