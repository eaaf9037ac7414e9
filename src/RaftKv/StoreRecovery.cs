using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>What is done to the directories of a store's members that do not run, when a cluster has lost more than it survives.</summary>
public static class StoreRecovery
{
    /// <summary>How far <see cref="Restore"/> raises the revision unless told otherwise: more than any store writes after a backup.</summary>
    public const long RevisionBump = 1_000_000_000;

    private const int PieceBytes = 1024 * 1024;

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

    /// <summary>
    /// Makes the directory of one member of a new cluster from a backup (<see cref="KeyValueStore.BackupAsync"/>). Every member of the new
    /// cluster, however many they are, is made so from the same backup; then each is opened with the same options.
    /// </summary>
    /// <param name="options">
    /// How the member will be opened. <see cref="KeyValueStoreOptions.ClusterId"/> must be a new name where members of the old cluster may
    /// still run; the directory must be empty.
    /// </param>
    /// <param name="backup">The backup, read to its end.</param>
    /// <param name="revisionBump">
    /// How far the revision is raised above the backup's, the same for all members; default <see cref="RevisionBump"/>. The history up to
    /// there counts as compacted, so that a client that had seen a revision which the backup lacks is told so
    /// (<see cref="CompactedException"/>) and never sees its number again for something else. 0 leaves revisions and history as they are in
    /// the backup: only for a cluster whose clients have all forgotten what they saw. In etcd's terms it is <c>--bump-revision</c> with
    /// <c>--mark-compacted</c>.
    /// </param>
    /// <returns>The newest revision, with which the member begins.</returns>
    /// <remarks>A call that was interrupted may be repeated; a member can be opened only after one that returned.</remarks>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.WrongDirectory"/>: the directory is not empty; it was left alone. <see cref="RaftKvError.Storage"/>: the backup
    /// is damaged or incomplete. <see cref="RaftKvError.DirectoryLocked"/>, <see cref="RaftKvError.InvalidOptions"/>: as the message says.
    /// </exception>
    public static long Restore(KeyValueStoreOptions options, Stream backup, long revisionBump = RevisionBump)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backup);
        ArgumentOutOfRangeException.ThrowIfNegative(revisionBump);
        long revision = 0;
        ClusterRecovery.Found(options.ForNode(), directory =>
        {
            Copy(backup, directory);
            using MvccStore store = MvccStore.Open(directory, Small);
            if (revisionBump > 0)
                Bump(store, revisionBump);
            revision = store.Revision;
            return Position(store);
        });
        return revision;
    }

    // Examined as a whole before it takes effect.
    private static void Copy(Stream backup, IStorageDirectory directory)
    {
        using StoreRestore copy = StoreRestore.Begin(directory, length: 0);
        byte[] piece = new byte[PieceBytes];
        long offset = 0;
        for (int read = backup.ReadAtLeast(piece, piece.Length, false); read > 0; read = backup.ReadAtLeast(piece, piece.Length, false))
        {
            copy.Write(offset, piece.AsSpan(0, read));
            offset += read;
        }
        copy.Complete();
    }

    private static void Bump(MvccStore store, long count)
    {
        using (MvccWriteTransaction batch = store.BeginWrite())
        {
            batch.SkipRevisions(count);
            batch.Compact(batch.Revision);
            batch.Commit(store.Applied);
        }
        store.Checkpoint();
    }

    private static LogPosition Applied(GroupId group, IStorageDirectory directory)
    {
        using MvccStore store = MvccStore.Open(directory, Small);
        return Position(store);
    }

    private static LogPosition Position(MvccStore store) =>
        new(new Term(store.Applied.Term), new LogIndex(store.Applied.Index));
}
