using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Persistence;
using RaftKv.Node.Transport;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Testing.Network;

/// <summary>
/// What an <see cref="ITransport"/> must do, as cases that any test framework can run: one test for each of <see cref="Names"/>, which
/// calls <see cref="RunAsync"/>. Each case opens members 1 to 3 anew, and fails with a <see cref="TransportFaultException"/>.
/// </summary>
public sealed class TransportConformance
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);
    private static readonly GroupId Group = new(7);

    private static readonly SortedList<string, Func<TransportConformance, Task>> Cases = new(StringComparer.Ordinal)
    {
        ["Messages_of_all_sizes_arrive_as_they_were_sent"] = conformance => conformance.Sizes(),
        ["Messages_go_to_their_addressee_only"] = conformance => conformance.Addressees(),
        ["Messages_to_strangers_are_dropped"] = conformance => conformance.Strangers(),
        ["Threads_may_send_side_by_side"] = conformance => conformance.Threads(),
        ["Progress_reaches_every_peer_with_its_group"] = conformance => conformance.Progress(),
        ["Notices_of_members_reach_whom_they_are_sent_to"] = conformance => conformance.Notices(),
        ["Notices_about_damaged_logs_reach_whom_they_are_sent_to"] = conformance => conformance.Repairs(),
        ["Notices_about_slices_of_states_reach_whom_they_are_sent_to"] = conformance => conformance.Attestations(),
        ["A_peer_that_does_not_run_is_reported_and_nothing_blocks"] = conformance => conformance.Dead(),
        ["A_peer_that_comes_back_is_reached_again"] = conformance => conformance.ComesBack(),
        ["A_peer_that_takes_nothing_does_not_hold_up_others"] = conformance => conformance.Stuck(),
        ["A_removed_peer_hears_nothing_until_it_is_one_again"] = conformance => conformance.Removed(),
        ["A_member_is_heard_by_those_only_whose_peer_it_is"] = conformance => conformance.Unheard(),
        ["States_of_any_length_arrive_whole"] = conformance => conformance.States(),
        ["States_of_several_groups_travel_side_by_side"] = conformance => conformance.StatesOfGroups(),
        ["A_fetch_goes_on_where_an_earlier_one_ended"] = conformance => conformance.Resumes(),
        ["A_fetch_goes_on_when_the_other_member_returns"] = conformance => conformance.Returns(),
        ["A_state_that_is_not_there_is_refused"] = conformance => conformance.Refused(),
        ["A_state_that_cannot_be_read_is_given_up"] = conformance => conformance.Unreadable(),
        ["A_fetch_that_is_stopped_or_replaced_ends"] = conformance => conformance.Stopped(),
    };

    private readonly ITransportHarness _harness;
    private readonly SortedList<NodeId, ITransport> _transports = [];
    private readonly SortedList<NodeId, TransportRecorder> _received = [];

    private TransportConformance(ITransportHarness harness) => _harness = harness;

    /// <summary>The cases, each a sentence.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Cases.Keys];

    /// <summary>Runs one case.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="harness">A fresh one; disposed of afterwards.</param>
    /// <exception cref="TransportFaultException">The transport did not do as the case says.</exception>
    public static async Task RunAsync(string name, ITransportHarness harness)
    {
        ArgumentNullException.ThrowIfNull(harness);
        await using (harness.ConfigureAwait(false))
            await Cases[name](new TransportConformance(harness)).ConfigureAwait(false);
    }

    private async Task Sizes()
    {
        await StartAllAsync().ConfigureAwait(false);
        List<byte[]> payloads = [];
        SplittableRandom random = new(5);
        foreach (int length in new[] { 0, 1, 1000, 70_000, 300_000, 3_000_000 })
        {
            byte[] noise = new byte[length];
            random.NextBytes(noise);
            payloads.Add(noise);
            payloads.Add(new byte[length]);
        }
        // A transport may lose messages, so each is sent until it has come.
        foreach (byte[] payload in payloads)
        {
            await UntilAsync(
                () => _received[Two].Messages.OfType<AppendRequest>().Any(message => PayloadOf(message).SequenceEqual(payload)),
                $"{payload.Length} bytes arrive", () => Send(Append(One, Two, payload))).ConfigureAwait(false);
        }
    }

    private async Task Addressees()
    {
        await StartAllAsync().ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        await ReachesAsync(One, Three).ConfigureAwait(false);
        await ReachesAsync(Three, One).ConfigureAwait(false);
        foreach ((NodeId member, TransportRecorder received) in _received)
            Require(received.Messages.All(message => message.To == member), $"member {member} hears only what is for it");
    }

    private async Task Strangers()
    {
        await StartAllAsync().ConfigureAwait(false);
        Send(Beat(One, new NodeId(9), 1));
        Send(Beat(One, One, 1));
        await ReachesAsync(One, Two).ConfigureAwait(false);
        Require(_received[One].Messages.IsEmpty, "what is sent to oneself is dropped");
    }

    private async Task Threads()
    {
        const int Senders = 4;
        const int Each = 100;
        await StartAllAsync().ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(1, Senders).Select(sender => Task.Run(() =>
        {
            for (int i = 0; i < Each; i++)
                Send(Beat(One, Two, sender * 1000 + i));
        }))).ConfigureAwait(false);
        await UntilAsync(
            () => _received[Two].Messages.OfType<Heartbeat>().Count(beat => beat.Round is >= 1000 and < 5000) == Senders * Each,
            "all arrive").ConfigureAwait(false);
    }

    private async Task Progress()
    {
        await StartAllAsync().ConfigureAwait(false);
        long applied = 100;
        await UntilAsync(
            () => IsAt(Two, Group, 100) && IsAt(Three, Group, 100) && IsAt(Two, default, 200) && IsAt(Three, default, 200),
            "progress arrives",
            () =>
            {
                applied++;
                _transports[One].Announce(Group, new LogIndex(applied));
                _transports[One].Announce(default, new LogIndex(applied + 100));
                _transports[One].Flush();
            }).ConfigureAwait(false);

        bool IsAt(NodeId member, GroupId group, long least) =>
            _received[member].Progress.TryGetValue((One, group), out LogIndex known) && known.Value >= least && known.Value <= applied + 100;
    }

    private async Task Notices()
    {
        await StartAllAsync().ConfigureAwait(false);
        MemberNotice notice = new(Group, new LogIndex(12), true, new Configuration([One, Three]));
        await UntilAsync(
            () => _received[Two].Notices.Any(heard => heard.From == One && heard.Notice.Index == notice.Index
                && heard.Notice.Configuration.Voters.SequenceEqual(notice.Configuration.Voters)),
            "the notice arrives",
            () =>
            {
                _transports[One].SendMembers(Two, notice);
                _transports[One].Flush();
            }).ConfigureAwait(false);
        Require(_received[Three].Notices.IsEmpty, "nobody else hears of it");
    }

    private async Task Repairs()
    {
        await StartAllAsync().ConfigureAwait(false);
        LogHole hole = new(new LogIndex(5), new LogIndex(6), new LogPosition(new Term(2), new LogIndex(7)));
        Entry[] entries = [new(new LogPosition(new Term(2), new LogIndex(5)), EntryKind.Command, new byte[100_000])];
        await UntilAsync(
            () => _received[Two].Repairs.OfType<RepairAsk>().Any(ask => ask.Hole == hole && ask.Group == Group)
                && _received[Two].Repairs.OfType<RepairAnswer>().Any(answer => answer.Hole == hole && answer.Entries.Length == 1
                    && answer.Entries.Span[0].Position == entries[0].Position && answer.Entries.Span[0].Payload.Length == 100_000)
                && _received[Two].Repairs.OfType<RepairWait>().Any(),
            "the notices arrive",
            () =>
            {
                _transports[One].SendRepair(Two, new RepairAsk(Group, hole));
                _transports[One].SendRepair(Two, new RepairAnswer(Group, hole, entries));
                _transports[One].SendRepair(Two, new RepairWait(Group));
                _transports[One].Flush();
            }).ConfigureAwait(false);
        Require(_received[Three].Repairs.IsEmpty, "nobody else hears of it");
    }

    private async Task Attestations()
    {
        await StartAllAsync().ConfigureAwait(false);
        LogPosition position = new(new Term(3), new LogIndex(9));
        byte[] digest = [.. Enumerable.Range(1, 64).Select(number => (byte)number)];
        await UntilAsync(
            () => _received[Two].Attestations.OfType<SliceNotice>().Any(slice => slice.Group == Group && slice.Position == position
                    && slice.Incarnation == -5 && slice.Digest.IsEmpty)
                && _received[Two].Attestations.OfType<VerdictNotice>().Any(verdict => verdict.Group == Group
                    && verdict.Position == position && verdict.Digest.Span.SequenceEqual(digest)),
            "the notices arrive",
            () =>
            {
                _transports[One].SendAttestation(Two, new SliceNotice(Group, position, -5, default));
                _transports[One].SendAttestation(Two, new VerdictNotice(Group, position, digest));
                _transports[One].Flush();
            }).ConfigureAwait(false);
        Require(_received[Three].Attestations.IsEmpty, "nobody else hears of it");
    }

    private async Task Dead()
    {
        await StartAsync(One).ConfigureAwait(false);
        await StartAsync(Two).ConfigureAwait(false);
        // Far more than may wait; every call returns, and some of it is said to be dropped.
        byte[] payload = new byte[100_000];
        for (int i = 0; i < 2000; i++)
            Send(Append(One, Three, payload));
        await UntilAsync(() => _received[One].Unreachable > 0, "the loss is reported").ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
    }

    private async Task ComesBack()
    {
        await StartAllAsync().ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        await StopAsync(Two).ConfigureAwait(false);
        await UntilAsync(() => _received[One].Unreachable > 0, "the loss is reported", () => Send(Beat(One, Two, 1))).ConfigureAwait(false);
        await StartAsync(Two).ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        await ReachesAsync(Two, One).ConfigureAwait(false);
    }

    private async Task Stuck()
    {
        await StartAllAsync().ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        _received[Two].CloseDoor();
        byte[] payload = new byte[100_000];
        for (int i = 0; i < 2000; i++)
            Send(Append(One, Two, payload));
        await ReachesAsync(One, Three).ConfigureAwait(false);
        await ReachesAsync(Three, One).ConfigureAwait(false);
        _received[Two].OpenDoor();
        await ReachesAsync(One, Two).ConfigureAwait(false);
    }

    private async Task Removed()
    {
        await StartAllAsync().ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        _transports[One].UpdatePeers(Peers(One, Three));
        Send(Beat(One, Two, 4000));
        await ReachesAsync(One, Three).ConfigureAwait(false);
        Require(!_received[Two].Messages.OfType<Heartbeat>().Any(beat => beat.Round == 4000), "a removed peer hears nothing");
        _transports[One].UpdatePeers(Peers(One, Two, Three));
        await ReachesAsync(One, Two).ConfigureAwait(false);
        await ReachesAsync(Two, One).ConfigureAwait(false);
    }

    private async Task Unheard()
    {
        await StartAllAsync().ConfigureAwait(false);
        await ReachesAsync(One, Two).ConfigureAwait(false);
        int lost = _received[One].Unreachable;
        _transports[Two].UpdatePeers(Peers(Two, Three));
        await UntilAsync(() => _received[One].Unreachable > lost, "the sender hears of it", () => Send(Beat(One, Two, 1)))
            .ConfigureAwait(false);
        // What was sent before may still be on its way to who receives it.
        for (int i = 0; i < 10; i++)
            Send(Beat(One, Two, 4001));
        await ReachesAsync(One, Three).ConfigureAwait(false);
        Require(!_received[Two].Messages.OfType<Heartbeat>().Any(beat => beat.Round == 4001), "a member that is no peer is not heard");
        await ReachesAsync(Three, Two).ConfigureAwait(false);
    }

    private async Task States()
    {
        foreach (long length in new long[] { 0, 1, 5_000_001 })
        {
            PatternSnapshotSource source = Source(length);
            await StartAllAsync(source).ConfigureAwait(false);
            PatternSnapshotSink sink = Fetch(Group);
            await EndsAsync(sink, null).ConfigureAwait(false);
            Require(sink.Holding.Bytes == length && sink.Description!.Position == Position(10), "all of it came, and its position");
            await UntilAsync(() => source.Open == 0, "the state is closed").ConfigureAwait(false);
            foreach (NodeId member in _transports.Keys.ToList())
                await StopAsync(member).ConfigureAwait(false);
        }
    }

    private async Task StatesOfGroups()
    {
        await StartAllAsync(Source(2_000_000)).ConfigureAwait(false);
        PatternSnapshotSink[] sinks = [Fetch(Group), Fetch(default), Fetch(new GroupId(8))];
        foreach (PatternSnapshotSink sink in sinks)
            await EndsAsync(sink, null).ConfigureAwait(false);
    }

    private async Task Resumes()
    {
        PatternSnapshotSource source = Source(3_000_000);
        await StartAllAsync(source).ConfigureAwait(false);
        PatternSnapshotSink first = new() { Writing = end => _ = end > 2_000_000 ? throw new TransportFaultException("full") : end };
        Fetch(Group, first);
        await EndsAsync(first, "full").ConfigureAwait(false);
        PatternSnapshotSink second = new(first.Holding);
        Fetch(Group, second);
        await EndsAsync(second, null).ConfigureAwait(false);
        Require(second.Begins is [> 1_000_000], "it does not begin anew");
        Require(source.Opened == 1, "the state was kept open");
    }

    private async Task Returns()
    {
        await StartAllAsync(Source(8_000_000)).ConfigureAwait(false);
        PatternSnapshotSink sink = new();
        using SemaphoreSlim half = new(0);
        using SemaphoreSlim goOn = new(0);
        sink.Writing = end =>
        {
            if (end <= 1_000_000 || sink.Begins.Count > 1)
                return;
            half.Release();
            goOn.Wait();
        };
        Fetch(Group, sink);
        if (!await half.WaitAsync(Patience).ConfigureAwait(false))
            throw new TransportFaultException("Nothing came.");
        Task stopping = StopAsync(Two);
        goOn.Release(int.MaxValue / 2);
        await stopping.ConfigureAwait(false);
        await StartAsync(Two, Source(8_000_000)).ConfigureAwait(false);
        await EndsAsync(sink, null).ConfigureAwait(false);
    }

    private async Task Refused()
    {
        await StartAllAsync(Source(1)).ConfigureAwait(false);
        PatternSnapshotSink sink = new();
        _transports[One].FetchSnapshot(Group, new SnapshotOrder(Two, Position(11), WithoutState: false), sink);
        await EndsAsync(sink, "2").ConfigureAwait(false);
        PatternSnapshotSink without = new();
        _transports[One].FetchSnapshot(Group, new SnapshotOrder(Three, Position(1), WithoutState: false), without);
        await EndsAsync(without, "3").ConfigureAwait(false);
    }

    private async Task Unreadable()
    {
        PatternSnapshotSource source = Source(3_000_000);
        source.Reading = offset => _ = offset > 0 ? throw new IOException("bad sector") : offset;
        await StartAllAsync(source).ConfigureAwait(false);
        await EndsAsync(Fetch(Group), "bad sector").ConfigureAwait(false);
        await UntilAsync(() => source.Open == 0, "the state is closed").ConfigureAwait(false);
    }

    private async Task Stopped()
    {
        PatternSnapshotSource source = Source(long.MaxValue / 2);
        await StartAllAsync(source).ConfigureAwait(false);
        PatternSnapshotSink first = Fetch(Group);
        await UntilAsync(() => first.Begins.Count > 0, "the first is under way").ConfigureAwait(false);
        PatternSnapshotSink second = Fetch(Group);
        await EndsAsync(first, "").ConfigureAwait(false);
        await UntilAsync(() => second.Begins.Count > 0, "the second is under way").ConfigureAwait(false);
        _transports[One].StopFetching(Group);
        await EndsAsync(second, "").ConfigureAwait(false);
        PatternSnapshotSink third = Fetch(Group);
        await StopAsync(One).ConfigureAwait(false);
        await EndsAsync(third, "").ConfigureAwait(false);
    }

    private static PatternSnapshotSource Source(long length) => new(3, Position(10), length);

    private static LogPosition Position(long index) => new(new Term(2), new LogIndex(index));

    private static Heartbeat Beat(NodeId from, NodeId to, long round) =>
        new() { Header = new(Group, from, to, new Term(1)), Commit = LogIndex.Zero, Round = round };

    private static AppendRequest Append(NodeId from, NodeId to, byte[] payload) => new()
    {
        Header = new(Group, from, to, new Term(2)),
        Previous = Position(9),
        Commit = LogIndex.Zero,
        Entries = new Entry[] { new(Position(10), EntryKind.Command, payload) },
    };

    private static ReadOnlySpan<byte> PayloadOf(AppendRequest message) => message.Entries.Span[0].Payload.Span;

    private static void Require(bool condition, string what)
    {
        if (!condition)
            throw new TransportFaultException($"It does not hold that {what}.");
    }

    private static async Task UntilAsync(Func<bool> condition, string what, Action? again = null)
    {
        using CancellationTokenSource deadline = new(Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            again?.Invoke();
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TransportFaultException($"Waited {Patience} in vain until {what}.");
            }
        }
    }

    // A reason is expected by a part of it; null expects success.
    private static async Task EndsAsync(PatternSnapshotSink sink, string? reason)
    {
        string? ended = await sink.Ended.WaitAsync(Patience).ConfigureAwait(false);
        bool isExpected = reason is null ? ended is null : ended?.Contains(reason, StringComparison.Ordinal) == true;
        Require(isExpected, $"a fetch ends with \"{reason}\" (it ended with \"{ended}\")");
    }

    private async Task StartAllAsync(ISnapshotSource? atTwo = null)
    {
        await StartAsync(One).ConfigureAwait(false);
        await StartAsync(Two, atTwo).ConfigureAwait(false);
        await StartAsync(Three).ConfigureAwait(false);
    }

    private async Task StartAsync(NodeId member, ISnapshotSource? snapshots = null)
    {
        TransportRecorder received = new();
        ITransport transport = await _harness.StartAsync(member, received, snapshots).ConfigureAwait(false);
        transport.UpdatePeers(Peers(One, Two, Three));
        (_transports[member], _received[member]) = (transport, received);
    }

    private async Task StopAsync(NodeId member)
    {
        _transports.Remove(member);
        await _harness.StopAsync(member).ConfigureAwait(false);
    }

    private Dictionary<NodeId, EndPoint> Peers(params NodeId[] members) => members.ToDictionary(member => member, _harness.AddressOf);

    private void Send(Message message)
    {
        _transports[message.From].Send(message);
        _transports[message.From].Flush();
    }

    private PatternSnapshotSink Fetch(GroupId group)
    {
        PatternSnapshotSink sink = new();
        Fetch(group, sink);
        return sink;
    }

    private void Fetch(GroupId group, PatternSnapshotSink sink) =>
        _transports[One].FetchSnapshot(group, new SnapshotOrder(Two, Position(5), WithoutState: false), sink);

    private async Task ReachesAsync(NodeId from, NodeId to)
    {
        long round = 5000 + _received[to].Messages.Count;
        await UntilAsync(
            () => _received[to].Messages.OfType<Heartbeat>().Any(beat => beat.From == from && beat.Round == round),
            $"member {to} hears member {from}", () => Send(Beat(from, to, round))).ConfigureAwait(false);
    }
}
