using System.Buffers;
using RaftKv.Commands;
using RaftKv.Node;
using RaftKv.Raft;
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
public sealed class KeyValueStateMachine : IStateMachine, IDisposable
{
    // Versions removed or pages moved in a slice: well under a millisecond of work.
    private const int TidySteps = 64;

    /// <summary>Makes the machine of a store; the machine owns the store from now on.</summary>
    /// <param name="store">The store.</param>
    /// <param name="wakesWatchesInline">
    /// Whether watches go on inside <see cref="Apply"/> rather than on another thread: for simulations on one thread only, since a
    /// watcher's code then holds up applying. Default false.
    /// </param>
    public KeyValueStateMachine(MvccStore store, bool wakesWatchesInline = false)
    {
        ArgumentNullException.ThrowIfNull(store);
        Store = store;
        Signal = new RevisionSignal(wakesWatchesInline);
        Signal.Publish(store.Revision);
    }

    /// <summary>The state. Readers may read it at any time; only the machine writes it.</summary>
    public MvccStore Store { get; }

    /// <inheritdoc/>
    public LogPosition Applied => Position(Store.Applied);

    /// <inheritdoc/>
    public LogPosition Durable => Position(Store.Durable);

    /// <inheritdoc/>
    public bool CheckpointDue => Store.CheckpointDue;

    /// <inheritdoc/>
    public bool CheckpointsBesideApply => true;

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
                transaction.BeginCommand();
                StoreResult result = Run(commands[i].Payload, transaction, runner);
                if (results.IsAwaited(i))
                    results.Set(i, ResultCodec.Write(result));
            }
            LogPosition last = commands[^1].Position;
            transaction.Commit(new StorePosition(last.Term.Value, last.Index.Value));
        }
        // The work keeps pace with the writing that makes it necessary.
        Store.Tidy(Math.Max(TidySteps / 4, commands.Length));
        Signal.Publish(Store.Revision);
    }

    /// <inheritdoc/>
    public void Checkpoint() => Store.Checkpoint();

    /// <summary>
    /// Does a slice of the store's housekeeping (<see cref="MvccStore.Tidy"/>) while there is nothing to apply; whether more is left. On the
    /// applying thread. <see cref="CheckpointDue"/> may have become true.
    /// </summary>
    public bool Idle() => Store.Tidy(TidySteps);

    /// <summary>Closes the store.</summary>
    public void Dispose() => Store.Dispose();

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
