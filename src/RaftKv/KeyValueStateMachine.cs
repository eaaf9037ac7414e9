using System.Buffers;
using RaftKv.Commands;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Watch;

namespace RaftKv;

/// <summary>
/// The replicated machine behind <see cref="KeyValueStore"/>: commands of the log become revisions of an MVCC store. Equal logs
/// give equal stores and equal answers on every member.
/// </summary>
/// <remarks>
/// Each batch of commands is one batch of the store, published as a whole. Bytes that are no command of this version change
/// nothing and are answered so; they never stop the member.
/// </remarks>
public sealed class KeyValueStateMachine : ISnapshotMachine, IAttestedMachine, IDisposable
{
    // Versions removed or pages moved in a slice: well under a millisecond of work.
    private const int TidySteps = 64;

    private readonly IStorageDirectory _directory;
    private readonly MvccOptions _options;

    // Held while the store is replaced by another member's, and by those who would not notice.
    private readonly Lock _replacing = new();
    private volatile MvccStore _store;

    /// <summary>Opens the machine in a directory, with an empty store if there is none.</summary>
    /// <param name="directory">Where the store is; the machine closes it when it is disposed of.</param>
    /// <param name="options">How the store is set up.</param>
    /// <param name="wakesWatchesInline">
    /// Whether watches go on inside <see cref="Apply"/> rather than on another thread: for simulations on one thread only, since a
    /// watcher's code then holds up applying. Default false.
    /// </param>
    /// <exception cref="Storage.StorageException">The store cannot be opened; see <see cref="MvccStore.Open"/>.</exception>
    public KeyValueStateMachine(IStorageDirectory directory, MvccOptions options, bool wakesWatchesInline = false)
    {
        ArgumentNullException.ThrowIfNull(directory);
        _directory = directory;
        _options = options;
        _store = MvccStore.Open(directory, options);
        Signal = new RevisionSignal(wakesWatchesInline);
        Signal.Publish(_store.Revision);
    }

    /// <summary>
    /// The state. Readers may read it at any time; only the machine writes it. State from another member puts another store in its place.
    /// </summary>
    public MvccStore Store => _store;

    /// <inheritdoc/>
    public LogPosition Applied => Position(Store.Applied);

    /// <inheritdoc/>
    public LogPosition Durable => Position(Store.Durable);

    /// <inheritdoc/>
    public bool CheckpointDue => Store.CheckpointDue;

    /// <inheritdoc/>
    public bool CheckpointsBesideApply => true;

    /// <inheritdoc/>
    public bool OpensBesideApply => true;

    /// <inheritdoc/>
    /// <remarks>No: keys and values are copied into pages, and answers are encoded into memory of their own.</remarks>
    public bool KeepsCommands => false;

    /// <summary>Counts who reads the store, so that it is replaced and closed between reads.</summary>
    internal ReaderGate Readers { get; } = new();

    internal RevisionSignal Signal { get; }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<Command> commands, ICommandResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        using (MvccWriteTransaction transaction = Store.BeginWrite())
        {
            StoreBatch batch = new(transaction);
            OperationRunner runner = new(batch, batch);
            for (int i = 0; i < commands.Length; i++)
            {
                results.Begin(i);
                transaction.BeginCommand();
                StoreResult result = Run(commands[i].Payload, transaction, runner);
                if (results.IsAwaited(i))
                    results.Set(i, ResultCodec.Write(result));
            }
            results.Begin(commands.Length);
            LogPosition last = commands[^1].Position;
            transaction.Commit(new StorePosition(last.Term.Value, last.Index.Value));
        }
        // The work keeps pace with the writing that makes it necessary.
        Store.Tidy(Math.Max(TidySteps / 4, commands.Length));
        Signal.Publish(Store.Revision);
    }

    /// <inheritdoc/>
    public void Checkpoint()
    {
        lock (_replacing)
            Store.Checkpoint();
    }

    /// <inheritdoc/>
    /// <remarks>It is the store as of the last checkpoint, read beside writes and later checkpoints.</remarks>
    public IMachineSnapshot OpenSnapshot()
    {
        lock (_replacing)
            return new StoreSnapshot(Store.BeginBackup());
    }

    /// <inheritdoc/>
    public IMachineReceiver BeginReceive() => new StoreReceiver(this, _directory);

    /// <inheritdoc/>
    public IMachineSlice OpenSlice(ReadOnlyMemory<byte> from, int format) => StoreSlice.Open(this, from);

    /// <inheritdoc/>
    public bool Idle() => Store.Tidy(TidySteps);

    /// <summary>Closes the store.</summary>
    public void Dispose()
    {
        Store.Dispose();
        _directory.Dispose();
    }

    /// <summary>Puts a verified copy of another member's store in the place of this one, between two reads.</summary>
    internal void Replace(StoreRestore copy)
    {
        // Readers first: one of them may be about to write a checkpoint.
        Readers.Pause();
        try
        {
            lock (_replacing)
            {
                Store.Dispose();
                copy.Complete();
                _store = MvccStore.Open(_directory, _options);
            }
        }
        finally
        {
            Readers.Resume();
        }
        Signal.Restart(Store.Revision);
    }

    private static StoreResult Run(ReadOnlyMemory<byte> payload, MvccWriteTransaction transaction, OperationRunner runner)
    {
        if (CommandCodec.TryRead(payload, out StoreCommand? command) != OperationStatus.Done)
            return runner.Refuse(StoreStatus.Malformed, 0);
        switch (command)
        {
            case CompactCommand compact:
                return transaction.Compact(compact.Revision) switch
                {
                    RevisionStatus.Compacted => runner.Refuse(StoreStatus.Compacted, compact.Revision),
                    RevisionStatus.Future => runner.Refuse(StoreStatus.FutureRevision, compact.Revision),
                    _ => runner.Done(null),
                };
            case OperationCommand run
                when payload.Length <= MvccStore.KeyBytesMax || KeyLengths.AllWithin(run.Operation, MvccStore.KeyBytesMax):
                return runner.Run(run.Operation);
            default:
                return runner.Refuse(StoreStatus.Malformed, 0);
        }
    }

    private static LogPosition Position(StorePosition position) => new(new Term(position.Term), new LogIndex(position.Index));
}
