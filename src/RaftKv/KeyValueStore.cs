using System.Buffers;
using System.Runtime.CompilerServices;
using RaftKv.Commands;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;
using RaftKv.Transactions;
using RaftKv.Watch;

namespace RaftKv;

/// <summary>
/// One member of a replicated, linearizable key-value store, inside this process. Every member takes every request. All members
/// of the class may be called from any thread.
/// </summary>
/// <remarks>
/// A write returns once it is on the disks of a majority and applied here. What the calls throw: <see cref="InvalidRequestException"/>
/// for a request that can never succeed, <see cref="RaftKvException"/> when it failed, with the answer to whether a write happened,
/// <see cref="CompactedException"/> and <see cref="FutureRevisionException"/> for revisions that are not there. Cancelling a write
/// ends the wait; the write may still happen.
/// </remarks>
public sealed class KeyValueStore : IAsyncDisposable
{
    private readonly IRaftNode _node;
    private readonly KeyValueStateMachine _machine;
    private readonly RequestRules _rules;
    private readonly StoreReader _reader;

    private KeyValueStore(IRaftNode node, KeyValueStateMachine machine, KeyValueStoreOptions options)
    {
        _node = node;
        _machine = machine;
        _rules = new RequestRules(options.KeyBytesMax, options.RequestBytesMax, options.TransactionOperationsMax);
        _reader = new StoreReader(machine, node);
        Completion = FollowNodeAsync();
        // Nobody has to look.
        _ = Completion.ContinueWith(
            static ended => ended.Exception, default, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Completes when the store has been closed; fails with the reason when the member could not go on.</summary>
    public Task Completion { get; }

    /// <summary>The longest key that this store takes, in bytes.</summary>
    /// <value><see cref="KeyValueStoreOptions.KeyBytesMax"/>.</value>
    public int KeyBytesMax => _rules.KeyBytesMax;

    /// <summary>The leader known here, or null.</summary>
    public NodeId? Leader => _node.Leader;

    /// <summary>Who belongs to the cluster, and changing that.</summary>
    public ClusterMembers Members => _node.Members;

    /// <summary>This member's view of itself and of its cluster, at most a tick old.</summary>
    public KeyValueStoreStatus Status
    {
        get
        {
            RaftNodeStatus status = _node.Status;
            return new KeyValueStoreStatus
            {
                NodeId = status.NodeId,
                Role = status.Raft.Role,
                Term = status.Raft.Term,
                Leader = _node.Leader,
                Committed = status.Raft.Commit,
                Applied = status.Applied,
                Revision = _machine.Signal.Revision,
                CompactedRevision = _machine.Store.CompactedRevision,
                IsRebuilding = status.IsRebuilding,
                Fault = status.StopReason,
            };
        }
    }

    /// <summary>Opens a member's directory and starts it. A directory alone makes a store of one member.</summary>
    /// <param name="options">How the store is set up.</param>
    /// <param name="cancellationToken">Gives up opening.</param>
    /// <exception cref="RaftKvException">The store cannot be opened; the message says why, one sentence for each mistake.</exception>
    public static async Task<KeyValueStore> OpenAsync(KeyValueStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string mistakes = string.Join(' ', options.Mistakes());
        if (mistakes.Length > 0)
            throw new RaftKvException(mistakes, WriteOutcome.NotApplied) { Error = RaftKvError.InvalidOptions };
        KeyValueStateMachine? machine = null;
        MvccOptions storeOptions = new() { CacheBytes = options.CacheBytes, CheckpointBytes = options.CheckpointBytes };
        try
        {
            RaftNode node = await RaftNode.StartAsync(
                options.ForNode(),
                directory => machine = new KeyValueStateMachine(directory, storeOptions),
                cancellationToken).ConfigureAwait(false);
            return new KeyValueStore(node, machine!, options);
        }
        catch
        {
            machine?.Dispose();
            throw;
        }
    }

    /// <summary>Makes a store of a node that runs already, a simulated one for example, and of the machine that the node feeds.</summary>
    /// <param name="node">The node; disposing of the store stops it.</param>
    /// <param name="machine">The machine; closed with the store.</param>
    /// <param name="options">Only the limits of requests count; the rest is the node's.</param>
    public static KeyValueStore Over(IRaftNode node, KeyValueStateMachine machine, KeyValueStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        return new KeyValueStore(node, machine, options);
    }

    /// <summary>Stores a value under a key.</summary>
    public async ValueTask<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancellationToken = default)
    {
        _rules.CheckKey(key);
        OperationCommand command = new(Operation.Put(key, value, options));
        return (PutResult)Accept(await ProposeAsync(command, cancellationToken).ConfigureAwait(false)).Operation!;
    }

    /// <summary>Stores a value under a key, both in UTF-8.</summary>
    public ValueTask<PutResult> PutAsync(
        string key, string value, PutOptions? options = null, CancellationToken cancellationToken = default) =>
        PutAsync(KeyRange.Bytes(key), KeyRange.Bytes(value), options, cancellationToken);

    /// <summary>Reads one key; null when it is not there.</summary>
    public async ValueTask<KeyValue?> GetAsync(
        ReadOnlyMemory<byte> key, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ReadOptions read = options ?? ReadOptions.Default;
        RangeOptions one = new() { Serializable = read.Serializable, Revision = read.Revision };
        RangeResult found = await RangeAsync(KeyRange.Single(key), one, cancellationToken).ConfigureAwait(false);
        return found.Items.Count == 0 ? null : found.Items[0];
    }

    /// <summary>Reads one key, in UTF-8; null when it is not there.</summary>
    public ValueTask<KeyValue?> GetAsync(string key, ReadOptions? options = null, CancellationToken cancellationToken = default) =>
        GetAsync(KeyRange.Bytes(key), options, cancellationToken);

    /// <summary>Reads a range at once, up to the limit. For ranges that may be large see <see cref="EnumerateAsync"/>.</summary>
    public async ValueTask<RangeResult> RangeAsync(
        KeyRange range, RangeOptions? options = null, CancellationToken cancellationToken = default)
    {
        RangeOptions read = options ?? RangeOptions.Default;
        _rules.CheckRange(range);
        RequestRules.CheckLimit(read.Limit);
        await FreshenAsync(read, cancellationToken).ConfigureAwait(false);
        return _reader.Range(range, read);
    }

    /// <summary>Reads a range page by page. All pages show one revision, the one that was newest at the first.</summary>
    /// <exception cref="CompactedException">That revision was compacted while pages were being read.</exception>
    public async IAsyncEnumerable<KeyValue> EnumerateAsync(
        KeyRange range, RangeOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RangeOptions read = options ?? RangeOptions.Default;
        _rules.CheckRange(range);
        RequestRules.CheckLimit(read.Limit);
        RequestRules.CheckPageSize(read.PageSize);
        await FreshenAsync(read, cancellationToken).ConfigureAwait(false);
        long left = read.Limit == 0 ? long.MaxValue : read.Limit;
        long revision = read.Revision;
        for (KeyRange? rest = range; rest is not null && left > 0;)
        {
            int size = (int)Math.Min(left, read.PageSize);
            RangeResult page = _reader.Range(rest, new RangeOptions { Limit = size, Revision = revision, KeysOnly = read.KeysOnly });
            revision = revision <= 0 ? page.Revision : revision;
            foreach (KeyValue pair in page.Items)
                yield return pair;
            left -= page.Items.Count;
            rest = page.More ? rest.After(page.Items[^1].Key) : null;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Counts the keys of a range.</summary>
    public async ValueTask<long> CountAsync(KeyRange range, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ReadOptions read = options ?? ReadOptions.Default;
        _rules.CheckRange(range);
        await FreshenAsync(read, cancellationToken).ConfigureAwait(false);
        return _reader.Count(range, read.Revision);
    }

    /// <summary>Deletes every key of a range, at one revision.</summary>
    public async ValueTask<DeleteResult> DeleteAsync(
        KeyRange range, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        _rules.CheckRange(range);
        OperationCommand command = new(Operation.Delete(range, options));
        return (DeleteResult)Accept(await ProposeAsync(command, cancellationToken).ConfigureAwait(false)).Operation!;
    }

    /// <summary>Deletes one key, in UTF-8.</summary>
    public ValueTask<DeleteResult> DeleteAsync(string key, DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        DeleteAsync(KeyRange.Single(key), options, cancellationToken);

    /// <summary>Runs a transaction: conditions and the operations of one branch, atomically. One that only reads is not logged.</summary>
    public async ValueTask<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken = default)
    {
        _rules.CheckTransaction(transaction);
        OperationCommand command = new(Operation.Nested(transaction));
        if (!transaction.IsReadOnly)
            return (TransactionResult)Accept(await ProposeAsync(command, cancellationToken).ConfigureAwait(false)).Operation!;
        if (!Mutation.Is(Mutant.TransactionReadsUnbarred))
            await _node.ReadBarrierAsync(cancellationToken).ConfigureAwait(false);
        return (TransactionResult)Accept(_reader.Read(snapshot => OperationRunner.Read(snapshot, transaction))).Operation!;
    }

    /// <summary>
    /// Delivers every change of a range from a revision on, in order, each exactly once, for as long as the caller enumerates.
    /// </summary>
    /// <remarks>
    /// The changes are read from this member's own history, which may be behind the leader's. After an exception or a restart a
    /// watch is resumed, here or on any member, from the last <see cref="WatchBatch.Revision"/> plus one.
    /// </remarks>
    /// <exception cref="CompactedException">The history does not reach back to the next revision.</exception>
    public IAsyncEnumerable<WatchBatch> WatchAsync(
        KeyRange range, WatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        WatchOptions watch = options ?? WatchOptions.Default;
        _rules.CheckRange(range);
        RequestRules.CheckBatchBytes(watch.BatchBytesMax);
        return new ChangeFeed(_reader, _machine.Signal, range, watch).FollowAsync(cancellationToken);
    }

    /// <summary>Gives up the history before a revision, on all members. The revision itself stays readable.</summary>
    /// <exception cref="CompactedException">That much was compacted before.</exception>
    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken = default) =>
        Accept(await ProposeAsync(new CompactCommand(revision), cancellationToken).ConfigureAwait(false));

    /// <summary>Hands leadership to another member; see <see cref="RaftNode.TransferLeadershipAsync"/>. Only the leader can.</summary>
    /// <param name="target">The member that is to lead; null, the default, for the one that holds most of the log.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; it may still happen.</param>
    /// <returns>The member that leads now.</returns>
    public Task<NodeId> TransferLeadershipAsync(NodeId? target = null, CancellationToken cancellationToken = default) =>
        _node.TransferLeadershipAsync(target, cancellationToken);

    /// <summary>A fingerprint of the history up to a revision; equal on all members that have reached it.</summary>
    /// <param name="revision">The revision; 0 for the newest one here.</param>
    public uint Hash(long revision = 0) => _reader.Hash(revision);

    /// <summary>
    /// Writes a backup of the whole store, history included, beside reads and writes; <see cref="StoreRecovery.Restore"/> makes a
    /// cluster of it.
    /// </summary>
    /// <param name="destination">Receives the backup; written forward only. What was written before an exception is no backup.</param>
    /// <param name="serializable">
    /// Whether the backup is of what this member has, possibly stale, even without a leader; default false: it includes everything that was
    /// acknowledged anywhere before the call.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the backup holds.</returns>
    /// <remarks>It begins with a checkpoint of the member's store; space that is freed meanwhile is given back after the backup.</remarks>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.Busy"/>: the store was replaced by another member's meanwhile; take the backup anew.
    /// </exception>
    public async Task<BackupResult> BackupAsync(
        Stream destination, bool serializable = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        await FreshenAsync(new ReadOptions { Serializable = serializable }, cancellationToken).ConfigureAwait(false);
        using StoreCopy copy = await Task.Run(() => StoreCopy.Begin(_machine, _reader), cancellationToken).ConfigureAwait(false);
        await copy.WriteAsync(destination, cancellationToken).ConfigureAwait(false);
        return new BackupResult { Revision = copy.Revision, Bytes = copy.Length };
    }

    /// <summary>Completes with the leader once one is known here.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="RaftKvException">
    /// <see cref="RaftKvError.NoLeader"/>: none was known within <see cref="KeyValueStoreOptions.RequestTimeout"/>; or the member stopped.
    /// </exception>
    public Task<NodeId> WaitForLeaderAsync(CancellationToken cancellationToken = default) => _node.WaitForLeaderAsync(cancellationToken);

    /// <summary>
    /// Stops the member: new requests are refused, those under way end, a leader hands over to another member, watches end, what is
    /// queued for the disk is written, files are closed. Then the directory can be opened again.
    /// </summary>
    public ValueTask DisposeAsync() => new(_node.StopAsync(CloseMachineAsync));

    private async ValueTask CloseMachineAsync()
    {
        _machine.Signal.Close(new ObjectDisposedException(nameof(KeyValueStore)));
        await _machine.Readers.CloseAsync().ConfigureAwait(false);
        _machine.Dispose();
    }

    private ValueTask FreshenAsync(ReadOptions read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool isBarred = !read.Serializable && !Mutation.Is(Mutant.SkipsReadBarrier);
        return isBarred ? _node.ReadBarrierAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    private ValueTask<CommandResult> ProposeAsync(StoreCommand command, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> payload = CommandCodec.Write(command);
        _rules.CheckSize(payload.Length);
        return _node.ProposeAsync(payload, cancellationToken);
    }

    private static StoreResult Accept(CommandResult applied)
    {
        Invariant.Check(ResultCodec.TryRead(applied.Payload, out StoreResult? result) == OperationStatus.Done && result is not null);
        return Accept(result);
    }

    private static StoreResult Accept(StoreResult result) => result.Status switch
    {
        StoreStatus.Applied => result,
        StoreStatus.Compacted => throw new CompactedException(result.RequestedRevision, result.CompactedRevision),
        StoreStatus.FutureRevision => throw new FutureRevisionException(result.RequestedRevision, result.Revision),
        _ => throw new RaftKvException("This version of the store does not know the command.", WriteOutcome.NotApplied),
    };

    private async Task FollowNodeAsync()
    {
        if (await _node.Stopped.ConfigureAwait(false) is not { } fault)
            return;
        _machine.Signal.Close(fault);
        throw fault;
    }
}
