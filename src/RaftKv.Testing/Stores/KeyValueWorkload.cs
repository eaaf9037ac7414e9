using System.Globalization;
using System.Runtime.ExceptionServices;
using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage;
using RaftKv.Storage.Disk;
using RaftKv.Storage.Mvcc;
using RaftKv.Testing.Checkers;
using RaftKv.Testing.Histories;
using RaftKv.Testing.Scenarios;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Stores;

/// <summary>
/// The key-value store in a simulation, through its public façade: puts, deletions, swaps, transactions, transfers between accounts,
/// counters, locks with fences, reads that are linearizable, serializable or of the past, compactions, and watches that resume. Every call and every
/// answer goes into a history, which is judged at the end.
/// </summary>
public sealed class KeyValueWorkload : Workload
{
    private const string Accounts = "bank/";
    private const string AfterAccounts = "bank0";
    private const string Counters = "count/";
    private const string Locks = "lock/";
    private const string Fenced = "fenced/";
    private const long RetryMicros = 100_000;
    private const long LockMicros = 40_000;
    private const int FencedWrites = 3;
    private const long LookMicros = 150_000;

    // A checkpoint every dozen writes, so that crashes find them half done.
    // No reserve: the fewer pages a file has, the sooner one is used again, and what is wrong with that shows.
    private static readonly MvccOptions Files = new()
    {
        PageSizeBytes = 1024, CacheBytes = 1 << 20, CheckpointBytes = 2048, ReserveBytes = 0,
    };

    private static readonly KeyValueStoreOptions Limits = new();

    private readonly SortedDictionary<NodeId, (IRaftNode Requests, KeyValueStore Store)> _stores = [];
    private readonly SortedDictionary<string, string?> _lastSeen = new(StringComparer.Ordinal);
    private readonly List<StoreWatcher> _watchers = [];
    private readonly List<HeldView> _views = [];
    private readonly SplittableRandom _random = new(0x7761746368);
    private long _lastRevision = 1;
    private long _compacted;

    /// <inheritdoc/>
    public override bool IsUndecided { get; protected set; }

    /// <summary>Everything that clients and watches saw.</summary>
    public History History { get; } = new();

    /// <inheritdoc/>
    public override IStateMachine Open(NodeId member, IStorageDirectory directory) =>
        new KeyValueStateMachine(directory, Files, wakesWatchesInline: true);

    /// <inheritdoc/>
    public override void Close(NodeId member, IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        foreach (HeldView view in _views.Where(view => view.Member == member))
            view.Dispose();
        _views.RemoveAll(view => view.Member == member);
        if (_stores.Remove(member, out (IRaftNode, KeyValueStore Store) open))
            _ = open.Store.DisposeAsync().AsTask();
        else
            ((KeyValueStateMachine)machine).Dispose();
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Prologue(int members) => StoreActions.Prologue(members);

    /// <inheritdoc/>
    public override string Draw(SplittableRandom random, int members, long number)
    {
        ArgumentNullException.ThrowIfNull(random);
        return StoreActions.Draw(random, members, number);
    }

    /// <inheritdoc/>
    public override Task ActAsync(string client, SimulatedNode node, string words, SplittableRandom random)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(random);
        return words.Split(' ') switch
        {
            ["watch", var pause] => Watch(client, pause).FollowAsync(node),
            ["open"] => OpenAccountsAsync(client, node),
            ["put", var key, var value] => CallAsync(client, node, $"put {key} {value}"),
            ["del", var key] => CallAsync(client, node, $"del {key}"),
            ["get", var key] => CallAsync(client, node, $"get {key}"),
            ["stale", var key] => CallAsync(client, node, $"stale get {key}"),
            ["look", var key] => CallAsync(client, node, $"txn {Seen(key)} ? get {key} : get pair/{key} ; get {key}"),
            ["audit"] => CallAsync(client, node, $"{(random.Chance(0.3) ? "stale " : "")}range {Accounts} {AfterAccounts}"),
            ["past", var back] => CallAsync(client, node, $"@{Back(back)} range a z"),
            ["swap", var key, var value] => CallAsync(client, node, $"txn {Seen(key)} ? put {key} {value} : get {key}"),
            ["both", var key, var value] => CallAsync(
                client, node, $"txn {Seen(key)} ? get {key} ; put {key} {value} ; put pair/{key} {value} : del pair/{key}"),
            ["transfer", var from, var to, var amount] => TransferAsync(client, node, from, to, Number(amount)),
            ["count", var counter] => CountAsync(client, node, counter),
            ["lock", var name, var token] => LockAsync(client, node, name, token, random),
            ["compact", var back] => CompactAsync(node, Back(back)),
            ["hold", var millis] => HoldAsync(node, NowMicros + (1000 * Number(millis))),
            _ => throw new FormatException($"'{words}' is no action of a client."),
        };
    }

    /// <inheritdoc/>
    public override async Task<bool> ProbeAsync(SimulatedNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        string client = FormattableString.Invariant($"p{node.Id}");
        string put = FormattableString.Invariant($"put probe {client}.{NowMicros}");
        return await CallAsync(client, node, put).ConfigureAwait(false) is not null
            && await CallAsync(client, node, "get probe").ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(SimulatedNode node) => CallAsync("wake", node, FormattableString.Invariant($"put probe wake.{NowMicros}"));

    /// <inheritdoc/>
    public override bool IsSettled()
    {
        long revision = Nodes.Where(node => node.IsWorking).Max(node => Machine(node).Store.Revision);
        return _watchers.TrueForAll(watcher => watcher.Next == revision + 1);
    }

    /// <inheritdoc/>
    public override string Fingerprint(SimulatedNode node)
    {
        using MvccReadTransaction snapshot = Machine(node).Store.BeginRead();
        snapshot.TryHash(0, out uint hash);
        return string.Create(CultureInfo.InvariantCulture, $"{snapshot.Revision}:{hash:X8}");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Judge()
    {
        List<string> breaches = [];
        foreach (SimulatedNode node in Nodes.Where(node => node.IsWorking && !IsDamaged(node)))
        {
            Record(State(node));
            breaches.AddRange(Machine(node).Store.Check().Defects.Select(defect => $"member {node.Id}: {defect}"));
        }
        const long Total = StoreActions.Accounts * StoreActions.OpeningBalance;
        IHistoryChecker[] more = [new TransferSum(Accounts, Total), new CounterTotal(Counters), new LockSafety(Locks, Fenced)];
        IReadOnlyList<IHistoryChecker> all = HistoryCheckers.All;
        IReadOnlyList<string> found = HistoryCheckers.Check(History, [.. all, .. more]);
        IsUndecided = all.OfType<LinearizableCalls>().Any(calls => calls.Undecided > 0);
        return [.. breaches, .. found];
    }

    internal void Record(Func<long, HistoryEvent> happened) => History.Add(happened(NowMicros));

    internal Task PauseAsync(long micros) => DelayAsync(micros);

    internal long Draw(long max) => 1 + _random.Next(max);

    /// <summary>The member after another, in a circle.</summary>
    internal SimulatedNode After(SimulatedNode node) => Nodes[(int)(node.Id.Value % Nodes.Count)];

    /// <summary>The store of a member in its present run.</summary>
    internal KeyValueStore Store(SimulatedNode node)
    {
        if (_stores.TryGetValue(node.Id, out (IRaftNode Requests, KeyValueStore Store) known) && known.Requests == node.Requests)
            return known.Store;
        KeyValueStore store = KeyValueStore.Over(node.Requests!, Machine(node), Limits);
        _stores[node.Id] = (node.Requests!, store);
        return store;
    }

    private static KeyValueStateMachine Machine(SimulatedNode node) => (KeyValueStateMachine)node.Machine!;

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private static Func<long, HistoryEvent> State(SimulatedNode node)
    {
        using MvccReadTransaction snapshot = Machine(node).Store.BeginRead();
        snapshot.TryHash(0, out uint hash);
        Storage.Mvcc.RangeResult all = snapshot.Range(new RangeQuery { Key = new byte[1], RangeEnd = new byte[1] });
        KeyValuePair<string, string>[] pairs =
        [
            .. all.Items.Select(pair => KeyValuePair.Create(Text(pair.Key), Text(pair.Value))),
        ];
        long revision = snapshot.Revision;
        return at => new MemberState(at, FormattableString.Invariant($"n{node.Id}"), revision, hash, pairs);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);

    private StoreWatcher Watch(string name, string pauseMicros)
    {
        StoreWatcher watcher = new(name, this, Number(pauseMicros));
        _watchers.Add(watcher);
        return watcher;
    }

    private long Back(string revisions) => Math.Max(1, _lastRevision - Number(revisions));

    private string Seen(string key) => $"{key}={_lastSeen.GetValueOrDefault(key) ?? "-"}";

    // One call with its answer in the history; null when there was none.
    private async Task<StoreAnswer?> CallAsync(string client, SimulatedNode node, string text)
    {
        StoreCall call = StoreCall.Parse(text);
        if (!node.IsWorking)
            return null;
        StateTrust trust = Trust(node);
        Record(at => new CallStarted(at, client, call));
        Task<StoreAnswer> asked = StoreCalls.AskAsync(Store(node), call);
        // Many a call is refused while members come and go: what it threw is looked at, not thrown once more.
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!asked.IsCompletedSuccessfully)
        {
            bool mayHaveHappened = MayHaveHappened(asked.Exception!.InnerException!, call, trust);
            Record(at => new CallFailed(at, client, mayHaveHappened));
            return null;
        }
        StoreAnswer answer = await asked.ConfigureAwait(false);
        trust.Answered();
        Record(at => trust.IsGiven ? new CallAnswered(at, client, answer) : new CallFailed(at, client, !call.IsReadOnly));
        if (!trust.IsGiven)
            return null;
        Learn(call, answer);
        return answer;
    }

    // Whether a call that was refused may have happened. What no store may answer fails the run.
    private bool MayHaveHappened(Exception refused, StoreCall call, StateTrust trust)
    {
        bool? mayHaveHappened = refused switch
        {
            SimulationException => null,
            _ when !trust.IsGiven => !call.IsReadOnly,
            RaftKvException known => known.Outcome == WriteOutcome.Unknown && !call.IsReadOnly,
            CompactedException compacted when compacted.RequestedRevision == call.AtRevision && call.AtRevision < _compacted => false,
            ObjectDisposedException => !call.IsReadOnly,
            _ => null,
        };
        if (mayHaveHappened is null)
            ExceptionDispatchInfo.Throw(refused);
        return mayHaveHappened.Value;
    }

    private void Learn(StoreCall call, StoreAnswer answer)
    {
        _lastRevision = Math.Max(_lastRevision, answer.Revision);
        if (call is { IsTransaction: false, IsLinearizable: true, Then: [{ Kind: StoreStepKind.Get } get] })
            _lastSeen[get.Key] = answer.Results[0] == StoreAnswer.Value(null) ? null : answer.Results[0];
        else if (call is { IsTransaction: false, Then: [{ Kind: StoreStepKind.Put } put] })
            _lastSeen[put.Key] = put.Text;
        else if (call is { Else: [{ Kind: StoreStepKind.Get } seen] } && !answer.Succeeded)
            _lastSeen[seen.Key] = answer.Results[0] == StoreAnswer.Value(null) ? null : answer.Results[0];
    }

    private async Task OpenAccountsAsync(string client, SimulatedNode node)
    {
        string puts = string.Join(" ; ", Enumerable.Range(0, StoreActions.Accounts)
            .Select(i => FormattableString.Invariant($"put {Accounts}{i} {StoreActions.OpeningBalance}")));
        while (await CallAsync(client, node, $"txn {Accounts}0=- ? {puts} :").ConfigureAwait(false) is null)
        {
            await DelayAsync(RetryMicros).ConfigureAwait(false);
            node = After(node);
        }
    }

    private async Task TransferAsync(string client, SimulatedNode node, string from, string to, long amount)
    {
        StoreAnswer? seen = await CallAsync(client, node, $"range {Accounts} {AfterAccounts}").ConfigureAwait(false);
        if (seen is null || from == to)
            return;
        Dictionary<string, string> balances = new(StoreAnswer.Pairs(seen.Results[0]));
        if (balances.Count == 0 || Number(balances[from]) < amount)
            return;
        string change = FormattableString.Invariant(
            $"put {from} {Number(balances[from]) - amount} ; put {to} {Number(balances[to]) + amount}");
        await CallAsync(client, node, $"txn {from}={balances[from]} {to}={balances[to]} ? {change} :").ConfigureAwait(false);
    }

    private async Task CountAsync(string client, SimulatedNode node, string counter)
    {
        StoreAnswer? seen = await CallAsync(client, node, $"get {counter}").ConfigureAwait(false);
        if (seen is null)
            return;
        string before = seen.Results[0];
        long after = 1 + (before == StoreAnswer.Value(null) ? 0 : Number(before));
        string raise = FormattableString.Invariant($"txn {counter}={before} ? put {counter} {after} :");
        await CallAsync(client, node, raise).ConfigureAwait(false);
    }

    // Takes a lock, writes what it fences a few times, and gives it back; breaks another's hold instead when that stands in the way.
    // A token of unknown fate is given back too, and sometimes a holder just goes away.
    private async Task LockAsync(string client, SimulatedNode node, string name, string token, SplittableRandom random)
    {
        string key = Locks + name;
        StoreAnswer? taken = await CallAsync(client, node, $"txn {key}=- ? put {key} {token} : get {key}").ConfigureAwait(false);
        if (taken is { Succeeded: false })
        {
            await DelayAsync(random.Next(LockMicros)).ConfigureAwait(false);
            token = taken.Results[0];
        }
        else
        {
            for (int write = 1; taken is { Succeeded: true } && write <= FencedWrites; write++)
            {
                await DelayAsync(random.Next(LockMicros)).ConfigureAwait(false);
                string put = FormattableString.Invariant($"put {Fenced}{name} {token}.{write}");
                taken = await CallAsync(client, node, $"txn {key}={token} ? {put} : get {key}").ConfigureAwait(false);
            }
            if (random.Chance(0.2))
                return;
        }
        await CallAsync(client, node, $"txn {key}={token} ? del {key} :").ConfigureAwait(false);
    }

    // What a reader saw it goes on seeing, whatever is written, compacted and written to disk meanwhile.
    private async Task HoldAsync(SimulatedNode node, long end)
    {
        HeldView view = new(node, Machine(node).Store);
        _views.Add(view);
        try
        {
            for (view.Look(); NowMicros < end && view.IsOpen; view.Look())
                await DelayAsync(LookMicros).ConfigureAwait(false);
        }
        catch (StorageException met) when (IsDamaged(node) || node.Disk.IsOff || met is StorageFailedException)
        {
            // Damage may show at any time, the power may go while something is read, and a file whose flush failed is not read any more.
        }
        if (_views.Remove(view))
            view.Dispose();
    }

    private async Task CompactAsync(SimulatedNode node, long revision)
    {
        _compacted = Math.Max(_compacted, revision);
        StateTrust trust = Trust(node);
        try
        {
            await Store(node).CompactAsync(revision).ConfigureAwait(false);
        }
        catch (Exception refused) when (!trust.IsGiven && refused is not SimulationException)
        {
            // A state that is not what it should be refuses as it likes.
        }
        catch (CompactedException)
        {
            // As much was compacted before.
        }
        catch (RaftKvException)
        {
            // Whether it happens matters to nobody.
        }
        catch (ObjectDisposedException)
        {
            // The member's store was closed meanwhile.
        }
    }
}
