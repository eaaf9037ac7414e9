using System.Diagnostics;
using System.Diagnostics.Metrics;
using RaftKv.Node.Workers;
using RaftKv.Raft;

namespace RaftKv.Node.Telemetry;

/// <summary>
/// The figures of one host and its groups, under the meter <c>RaftKv.Node</c>. docs/metrics.md describes each. While nobody listens a
/// request costs a look at the clock.
/// </summary>
/// <remarks>
/// Every figure carries the cluster and the node. States carry their group too; counts and distributions do not, for a host may carry
/// thousands.
/// </remarks>
internal sealed class NodeMetrics : IDisposable
{
    public const string Name = "RaftKv.Node";

    private readonly Meter _meter;
    private readonly Counter<long> _proposals;
    private readonly Counter<long> _reads;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _elections;
    private readonly Counter<long> _leaderChanges;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _mended;
    private readonly Counter<long> _attested;
    private readonly Counter<long> _rebuilt;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;
    private readonly Histogram<double> _proposalSeconds;
    private readonly Histogram<double> _readSeconds;
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<double> _applySeconds;
    private readonly Histogram<double> _logSeconds;
    private readonly Histogram<long> _applyCommands;
    private readonly Histogram<long> _logBytes;
    private readonly TimeProvider _time;

    public NodeMetrics(RaftNodeOptions options)
    {
        _time = options.TimeProvider;
        _meter = new Meter(new MeterOptions(Name)
        {
            Tags = [new("raftkv.cluster", options.ClusterId), new("raftkv.node", options.NodeId.Value)],
        });
        _proposals = _meter.CreateCounter<long>("raftkv.proposals", "{proposal}");
        _reads = _meter.CreateCounter<long>("raftkv.reads", "{read}");
        _refusals = _meter.CreateCounter<long>("raftkv.refusals", "{request}");
        _elections = _meter.CreateCounter<long>("raftkv.elections", "{election}");
        _leaderChanges = _meter.CreateCounter<long>("raftkv.leader.changes", "{change}");
        _faults = _meter.CreateCounter<long>("raftkv.faults", "{fault}");
        _dropped = _meter.CreateCounter<long>("raftkv.peer.drops", "{event}");
        _connectionsRefused = _meter.CreateCounter<long>("raftkv.connection.refusals", "{connection}");
        _mended = _meter.CreateCounter<long>("raftkv.log.mended", "{entry}");
        _attested = _meter.CreateCounter<long>("raftkv.state.attested", "{slice}");
        _rebuilt = _meter.CreateCounter<long>("raftkv.state.rebuilt", "{rebuild}");
        _sent = _meter.CreateCounter<long>("raftkv.peer.sent", "By");
        _received = _meter.CreateCounter<long>("raftkv.peer.received", "By");
        _proposalSeconds = _meter.CreateHistogram<double>("raftkv.proposal.duration", "s");
        _readSeconds = _meter.CreateHistogram<double>("raftkv.read.duration", "s");
        _commitSeconds = _meter.CreateHistogram<double>("raftkv.commit.duration", "s");
        _applySeconds = _meter.CreateHistogram<double>("raftkv.apply.duration", "s");
        _logSeconds = _meter.CreateHistogram<double>("raftkv.log.write.duration", "s");
        _applyCommands = _meter.CreateHistogram<long>("raftkv.apply.batch", "{entry}");
        _logBytes = _meter.CreateHistogram<long>("raftkv.log.write.size", "By");
    }

    /// <summary>Whether anybody wants to know how long a batch takes to be committed.</summary>
    public bool WantsCommits => _commitSeconds.Enabled;

    /// <summary>Now, to be handed back when something ends.</summary>
    public long Start() => _time.GetTimestamp();

    /// <summary>Observes the states of a host.</summary>
    public void Observe(HostParts host)
    {
        _meter.CreateObservableGauge("raftkv.groups", () => host.Groups.Count, "{group}");
        _meter.CreateObservableGauge("raftkv.loop.queue", () => host.Loop.Waiting, "{input}");
        _meter.CreateObservableGauge("raftkv.log.queue", () => host.Disk.Waiting, "{write}");
        _meter.CreateObservableGauge("raftkv.log.full", () => host.Disk.IsFull ? 1 : 0, "{log}");
        _meter.CreateObservableGauge("raftkv.memory.limit", () => MemoryOf(host, static part => part.BytesMax), "By");
        _meter.CreateObservableGauge("raftkv.memory.used", () => MemoryOf(host, static part => part.Used), "By");
        Each("raftkv.role", "{role}", host, group => (long)group.Board.Status.Raft.Role);
        Each("raftkv.term", "{term}", host, group => group.Board.Status.Raft.Term.Value);
        Each("raftkv.commit.index", "{entry}", host, group => group.Board.Status.Raft.Commit.Value);
        Each("raftkv.applied.index", "{entry}", host, group => group.Board.Status.Applied.Value);
        Each("raftkv.apply.lag", "{entry}", host, group => group.Board.Status.Raft.Commit.Value - group.Board.Status.Applied.Value);
        Each("raftkv.format.library", "{format}", host, group => group.Board.Status.ActiveFormat.Library);
        Each("raftkv.format.machine", "{format}", host, group => group.Board.Status.ActiveFormat.Machine);
        Each("raftkv.log.length", "{entry}", host,
            group => group.Board.Status.Raft.Last.Index.Value - group.Board.Status.Raft.Base.Index.Value);
        Each("raftkv.log.repairing", "{group}", host, group => group.Board.Status.IsRepairing ? 1 : 0);
        Each("raftkv.state.rebuilding", "{group}", host, group => group.Board.Status.IsRebuilding ? 1 : 0);
        Each("raftkv.proposals.pending", "{proposal}", host, group => group.Board.Status.PendingProposals);
        Each("raftkv.reads.pending", "{read}", host, group => group.Board.Status.PendingReads);
        Each("raftkv.apply.queue", "{page}", host, group => group.WaitingToApply);
        _meter.CreateObservableGauge("raftkv.peer.lag", () => host.Groups.SelectMany(PeerLags), "{entry}");
    }

    public void ProposalEnded(string outcome, long start)
    {
        KeyValuePair<string, object?> tag = new("raftkv.outcome", outcome);
        _proposals.Add(1, tag);
        _proposalSeconds.Record(Since(start), tag);
    }

    public void ReadEnded(string outcome, long start)
    {
        KeyValuePair<string, object?> tag = new("raftkv.outcome", outcome);
        _reads.Add(1, tag);
        _readSeconds.Record(Since(start), tag);
    }

    /// <summary>A request was turned away before it began.</summary>
    public void Refused(RaftKvError error) => _refusals.Add(1, new KeyValuePair<string, object?>("raftkv.error", error.ToString()));

    public void Elected() => _elections.Add(1);

    public void LeaderChanged() => _leaderChanges.Add(1);

    public void Faulted(RaftKvError error) => _faults.Add(1, new KeyValuePair<string, object?>("raftkv.error", error.ToString()));

    public void Dropped(NodeId peer) => _dropped.Add(1, new KeyValuePair<string, object?>("raftkv.peer", peer.Value));

    public void ConnectionRefused() => _connectionsRefused.Add(1);

    public void Mended(int entries) => _mended.Add(entries);

    /// <summary>A slice of the state was compared.</summary>
    public void Attested(string outcome) => _attested.Add(1, new KeyValuePair<string, object?>("raftkv.outcome", outcome));

    public void Rebuilt() => _rebuilt.Add(1);

    public void Sent(NodeId peer, long bytes) => _sent.Add(bytes, new KeyValuePair<string, object?>("raftkv.peer", peer.Value));

    public void Received(NodeId peer, long bytes) => _received.Add(bytes, new KeyValuePair<string, object?>("raftkv.peer", peer.Value));

    public void Committed(long start) => _commitSeconds.Record(Since(start));

    public void Applied(int entries, long start)
    {
        _applyCommands.Record(entries);
        _applySeconds.Record(Since(start));
    }

    public void Written(long bytes, long start)
    {
        _logBytes.Record(bytes);
        _logSeconds.Record(Since(start));
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> MemoryOf(HostParts host, Func<MemoryPart, long> value) =>
        host.MemoryParts().Select(part => new Measurement<long>(value(part), new KeyValuePair<string, object?>("raftkv.part", part.Name)));

    private static IEnumerable<Measurement<long>> PeerLags(GroupParts group)
    {
        RaftStatus status = group.Board.Status.Raft;
        foreach (PeerStatus peer in status.Peers)
        {
            yield return new Measurement<long>(
                status.Last.Index.Value - peer.Match.Value,
                new KeyValuePair<string, object?>("raftkv.group", group.Id.Value),
                new KeyValuePair<string, object?>("raftkv.peer", peer.Peer.Value));
        }
    }

    private void Each(string name, string unit, HostParts host, Func<GroupParts, long> value) => _meter.CreateObservableGauge(
        name,
        () => host.Groups.Select(group => new Measurement<long>(
            value(group), new KeyValuePair<string, object?>("raftkv.group", group.Id.Value))),
        unit);

    private double Since(long start) => _time.GetElapsedTime(start).TotalSeconds;
}
