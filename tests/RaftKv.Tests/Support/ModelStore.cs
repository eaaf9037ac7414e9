using RaftKv.Commands;
using RaftKv.Transactions;
using RaftKv.Watch;

namespace RaftKv.Tests.Support;

/// <summary>
/// The store as its rules say it, without any cleverness: the whole state is copied for every revision. What the real one answers
/// must be the same, word for word.
/// </summary>
internal sealed class ModelStore
{
    private static readonly IComparer<byte[]> ByteOrder = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    private readonly Dictionary<long, SortedDictionary<byte[], KeyValue>> _states = new() { [1] = new(ByteOrder) };
    private SortedDictionary<byte[], KeyValue> _working = new(ByteOrder);
    private readonly List<WatchEvent> _pending = [];
    private bool _changed;

    public long Revision { get; private set; } = 1;

    public long Compacted { get; private set; }

    /// <summary>Every change there was, in order; compaction does not shorten it.</summary>
    public List<WatchEvent> Events { get; } = [];

    public StoreResult Apply(StoreCommand command)
    {
        switch (command)
        {
            case CompactCommand compact when compact.Revision <= Compacted:
                return Refuse(StoreStatus.Compacted, compact.Revision);
            case CompactCommand compact when compact.Revision > Revision:
                return Refuse(StoreStatus.FutureRevision, compact.Revision);
            case CompactCommand compact:
                Compacted = compact.Revision;
                return Done(null);
            case OperationCommand operation:
                return Run(operation.Operation);
            default:
                throw new ArgumentOutOfRangeException(nameof(command));
        }
    }

    /// <summary>What a read outside any transaction finds.</summary>
    public RangeResult Range(KeyRange keys, long revision, int limit, bool keysOnly) =>
        Select(keys, _states[revision == 0 ? Revision : revision], limit, keysOnly, Revision);

    private StoreResult Run(Operation operation)
    {
        Queue<bool> path = [];
        Judge(operation, path);
        if (BadRevision(operation, new Queue<bool>(path)) is { } bad)
            return Refuse(bad < Compacted ? StoreStatus.Compacted : StoreStatus.FutureRevision, bad);
        _working = new SortedDictionary<byte[], KeyValue>(_states[Revision], ByteOrder);
        OperationResult result = Execute(operation, path);
        if (_changed)
        {
            _states[++Revision] = _working;
            Events.AddRange(_pending);
        }
        _changed = false;
        _pending.Clear();
        return Done(result);
    }

    private void Judge(Operation operation, Queue<bool> path)
    {
        if (operation is not TransactionOperation nested)
            return;
        bool holds = nested.Transaction.Compares.All(Holds);
        path.Enqueue(holds);
        foreach (Operation inner in Branch(nested.Transaction, holds))
            Judge(inner, path);
    }

    private bool Holds(Compare compare)
    {
        List<KeyValue> found = [.. _states[Revision].Values.Where(pair => compare.Keys.Contains(pair.Key.Span))];
        if (found.Count == 0)
            return compare.Target != CompareTarget.Value && compare.HoldsFor(0);
        return found.TrueForAll(pair => compare.Target switch
        {
            CompareTarget.Version => compare.HoldsFor(pair.Version),
            CompareTarget.CreateRevision => compare.HoldsFor(pair.CreateRevision),
            CompareTarget.ModRevision => compare.HoldsFor(pair.ModRevision),
            _ => compare.HoldsFor(pair.Value.Span),
        });
    }

    private long? BadRevision(Operation operation, Queue<bool> path) => operation switch
    {
        RangeOperation range when range.Revision != 0 && (range.Revision > Revision || range.Revision < Compacted) => range.Revision,
        TransactionOperation nested => Branch(nested.Transaction, path.Dequeue())
            .Select(inner => BadRevision(inner, path)).FirstOrDefault(bad => bad is not null),
        _ => null,
    };

    private OperationResult Execute(Operation operation, Queue<bool> path)
    {
        switch (operation)
        {
            case PutOperation put:
                return Put(put);
            case DeleteOperation delete:
                return Delete(delete);
            case RangeOperation range:
                return Select(range.Keys, range.Revision == 0 ? _working : _states[range.Revision], range.Limit, range.KeysOnly, Now);
            case TransactionOperation nested:
                bool holds = path.Dequeue();
                List<OperationResult> results = [.. Branch(nested.Transaction, holds).Select(inner => Execute(inner, path))];
                return new TransactionResult { Revision = Now, Succeeded = holds, Results = results };
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }
    }

    private long Now => Revision + (_changed ? 1 : 0);

    private PutResult Put(PutOperation put)
    {
        byte[] key = put.Key.ToArray();
        _working.TryGetValue(key, out KeyValue? old);
        _changed = true;
        _working[key] = new KeyValue
        {
            Key = key,
            Value = put.Value.ToArray(),
            CreateRevision = old?.CreateRevision ?? Now,
            ModRevision = Now,
            Version = (old?.Version ?? 0) + 1,
        };
        _pending.Add(new WatchEvent { Kind = WatchEventKind.Put, Key = key, Revision = Now, Current = _working[key], Previous = old });
        return new PutResult { Revision = Now, Previous = put.ReturnPrevious ? old : null };
    }

    private DeleteResult Delete(DeleteOperation delete)
    {
        List<KeyValue> gone = [.. _working.Values.Where(pair => delete.Keys.Contains(pair.Key.Span))];
        _changed |= gone.Count > 0;
        foreach (KeyValue pair in gone)
        {
            _working.Remove(pair.Key.ToArray());
            _pending.Add(new WatchEvent { Kind = WatchEventKind.Delete, Key = pair.Key, Revision = Now, Previous = pair });
        }
        return new DeleteResult { Revision = Now, Deleted = gone.Count, Previous = delete.ReturnPrevious ? gone : [] };
    }

    private static RangeResult Select(
        KeyRange keys, SortedDictionary<byte[], KeyValue> state, int limit, bool keysOnly, long now)
    {
        List<KeyValue> found = [.. state.Values.Where(pair => keys.Contains(pair.Key.Span))];
        List<KeyValue> items = limit > 0 ? [.. found.Take(limit)] : found;
        return new RangeResult
        {
            Revision = now,
            Count = found.Count,
            More = items.Count < found.Count,
            Items = keysOnly ? [.. items.Select(WithoutValue)] : items,
        };
    }

    private static KeyValue WithoutValue(KeyValue pair) => new()
    {
        Key = pair.Key,
        CreateRevision = pair.CreateRevision,
        ModRevision = pair.ModRevision,
        Version = pair.Version,
    };

    private static IReadOnlyList<Operation> Branch(Transaction transaction, bool holds) =>
        holds ? transaction.Success : transaction.Failure;

    private StoreResult Done(OperationResult? result) =>
        new() { Status = StoreStatus.Applied, Revision = Revision, CompactedRevision = Compacted, Operation = result };

    private StoreResult Refuse(StoreStatus status, long asked) =>
        new() { Status = status, Revision = Revision, CompactedRevision = Compacted, RequestedRevision = asked };
}
