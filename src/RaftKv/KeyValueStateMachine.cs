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
    // Versions that compaction gave up are removed this many at a time, between batches: the work keeps pace with the writing
    // that makes it necessary, and no batch waits long.
    private const int SweepChangesMax = 1000;

    // Pages moved towards the beginning of the file between two batches: well under a millisecond of work.
    private const int ShrinkPagesMax = 16;

    /// <summary>Makes the machine of a store; the machine owns the store from now on.</summary>
    public KeyValueStateMachine(MvccStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Store = store;
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

    internal RevisionSignal Signal { get; } = new();

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
        TidyUp();
        Signal.Publish(Store.Revision);
    }

    /// <inheritdoc/>
    public void Checkpoint() => Store.Checkpoint();

    /// <summary>Closes the store.</summary>
    public void Dispose() => Store.Dispose();

    // What compaction freed is given back once nothing is left to sweep.
    private void TidyUp()
    {
        if (!Store.CompactStep(SweepChangesMax) && Store.ShrinkDue)
            Store.ShrinkStep(ShrinkPagesMax);
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
