using RaftKv.Raft.Log;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Roles;

namespace RaftKv.Raft.Replication;

/// <summary>A leader's peers: what is sent to each, and what their acknowledgements commit.</summary>
internal sealed class Replicator
{
    private const int FetchEntriesMax = 4096;

    private readonly Protocol _protocol;
    private PeerProgress[] _peers = [];
    private Ack[] _acks = [];

    public Replicator(Protocol protocol)
    {
        _protocol = protocol;
        FollowConfiguration();
    }

    public ReadOnlySpan<PeerProgress> Peers => _peers;

    public PeerProgress? Find(NodeId id)
    {
        foreach (PeerProgress peer in _peers)
        {
            if (peer.Id == id)
                return peer;
        }
        return null;
    }

    /// <summary>Keeps what is known of members that stay, forgets those that left, begins with those that came.</summary>
    public void FollowConfiguration()
    {
        List<PeerProgress> peers = [];
        foreach (NodeId member in _protocol.Configuration.Members())
        {
            if (member == _protocol.Self)
                continue;
            PeerProgress peer = Find(member) ?? new PeerProgress(member, _protocol.Log.LastIndex.Next, _protocol.Options);
            peer.IsWitness = _protocol.Configuration.IsWitness(member);
            peers.Add(peer);
        }
        _peers = [.. peers];
        _acks = new Ack[_peers.Length + 1];
    }

    /// <summary>Nothing is known of a member any more: it starts with an empty log.</summary>
    public void Forget(NodeId id)
    {
        _peers = Array.FindAll(_peers, peer => peer.Id != id);
        _acks = new Ack[_peers.Length + 1];
    }

    /// <summary>The commit index that acknowledgements prove: only an entry of this term is committed by counting (Raft 5.4.2).</summary>
    public LogIndex Committed()
    {
        Span<Ack> acks = _acks;
        for (int i = 0; i < _peers.Length; i++)
            acks[i] = new Ack(_peers[i].Id, _peers[i].Match);
        // The leader's own disk is one of many: its write counts once it is done, like any other.
        LogIndex own = Mutation.Is(Mutant.CountOwnUnwrittenEntries) ? _protocol.Log.LastIndex : _protocol.Log.Durable;
        acks[^1] = new Ack(_protocol.Self, own);
        LogIndex held = Mutation.Is(Mutant.CountLearners)
            ? JointQuorum.CommittedIndex(_protocol.Configuration.Members(), acks)
            : JointQuorum.CommittedIndex(_protocol.Configuration, acks);
        bool ofThisTerm = _protocol.Log.TermAt(held) == _protocol.Term || Mutation.Is(Mutant.CommitOldTermByCounting);
        return held > _protocol.Commit && ofThisTerm ? held : _protocol.Commit;
    }

    /// <summary>The last round that a quorum has echoed; the leader itself echoes at once.</summary>
    public long ConfirmedRound(long round)
    {
        Span<Ack> echoes = _acks;
        for (int i = 0; i < _peers.Length; i++)
            echoes[i] = new Ack(_peers[i].Id, new LogIndex(_peers[i].Round));
        echoes[^1] = new Ack(_protocol.Self, new LogIndex(round));
        return JointQuorum.CommittedIndex(_protocol.Configuration, echoes).Value;
    }

    /// <summary>Whether a quorum was heard from since the last call (thesis 6.2).</summary>
    public bool TakeQuorumActive()
    {
        Ballot[] heard = new Ballot[_peers.Length + 1];
        heard[^1] = new Ballot(_protocol.Self, Granted: true);
        for (int i = 0; i < _peers.Length; i++)
        {
            heard[i] = new Ballot(_peers[i].Id, _peers[i].Active);
            (_peers[i].WasActive, _peers[i].Active) = (_peers[i].Active, false);
        }
        return JointQuorum.VoteResult(_protocol.Configuration, heard) == VoteResult.Won;
    }

    public void Heartbeat(long round)
    {
        foreach (PeerProgress peer in _peers)
            SendHeartbeat(peer, round);
    }

    /// <summary>Whether every peer was heard from since the last quorum check and holds the whole log.</summary>
    public bool IsEverybodyDone =>
        Array.TrueForAll(_peers, peer =>
            peer is { State: PeerState.Replicate, Active: true } && peer.Match == _protocol.Log.LastIndex && peer.Inflight.Count == 0);

    /// <summary>Tells every peer, together with the commit index, that the group comes to rest.</summary>
    public void TellToRest()
    {
        foreach (PeerProgress peer in _peers)
            SendHeartbeat(peer, round: 0, quiesce: true);
    }

    /// <summary>
    /// Where answers are due and nothing has moved for a heartbeat, something may have been lost: the question whether the last
    /// position sent has arrived is answered with an acknowledgement or a rejection, and either sets things right.
    /// </summary>
    public void AskWhereNothingMoves()
    {
        foreach (PeerProgress peer in _peers)
        {
            if (peer.State == PeerState.Snapshot)
            {
                AskAfterSnapshot(peer);
                continue;
            }
            bool waits = peer.State == PeerState.Probe ? peer.ProbeSent : peer.Inflight.Count > 0;
            if (waits && peer.Match == peer.MatchAtHeartbeat && !Mutation.Is(Mutant.WaitForLostAnswer))
                SendAppend(peer, default);
            peer.MatchAtHeartbeat = peer.Match;
            peer.Fetching = LogIndex.Zero;
        }
    }

    /// <summary>A peer's acknowledgement. Whether it is news.</summary>
    public bool Acknowledged(PeerProgress peer, LogIndex match)
    {
        // An acknowledgement from before the snapshot says nothing about it.
        if (peer.State == PeerState.Snapshot && match < _protocol.Log.Base.Index)
            return false;
        return peer.Acknowledged(match);
    }

    /// <summary>Sends every peer what it may have now.</summary>
    public void Pump()
    {
        LogIndex last = _protocol.Log.LastIndex;
        foreach (PeerProgress peer in _peers)
        {
            while (peer.CanSend && (peer.Next <= last || peer.State == PeerState.Probe) && TrySendNext(peer))
            {
            }
            LogIndex commit = LogIndex.Min(peer.Match, _protocol.Commit);
            if (commit > peer.CommitSent)
                SendHeartbeat(peer, round: 0);
        }
    }

    /// <summary>Entries came back from the disk: they go to all who wait for just them.</summary>
    public void LogRead(LogRange range, ReadOnlyMemory<Entry> entries)
    {
        foreach (PeerProgress peer in _peers)
        {
            // An empty answer means that it cannot be read now: the next heartbeat asks again.
            if (peer.Fetching != range.First || entries.IsEmpty)
                continue;
            peer.Fetching = LogIndex.Zero;
            ReadOnlyMemory<Entry> rest = entries;
            LogIndex last = LastFor(peer);
            while (!rest.IsEmpty && peer.CanSend && peer.Next == rest.Span[0].Index && peer.Next <= last)
            {
                ReadOnlyMemory<Entry> batch = Batch(rest[..(int)Math.Min(rest.Length, last.Value - peer.Next.Value + 1)]);
                SendAppend(peer, EntrySlice.Outside(batch));
                rest = rest[batch.Length..];
            }
        }
    }

    /// <summary>What is known of each peer agrees with the log.</summary>
    public void Audit()
    {
        foreach (PeerProgress peer in _peers)
            peer.Audit(_protocol.Log.LastIndex);
    }

    private bool TrySendNext(PeerProgress peer)
    {
        if (peer.Next > _protocol.Log.LastIndex)
        {
            if (peer.State == PeerState.Probe)
                SendAppend(peer, default);
            return false;
        }
        if (peer.Next <= _protocol.Log.Base.Index)
        {
            peer.NeedsSnapshot();
            OfferSnapshot(peer);
            return false;
        }
        if (peer.Next > LastFor(peer))
            return false;
        if (!_protocol.Log.InWindow(peer.Next))
        {
            Fetch(peer);
            return false;
        }
        SendAppend(peer, _protocol.Log.Slice(peer.Next, LastFor(peer), _protocol.Options.MessageBytesMax));
        return true;
    }

    // A witness that held more than every data voter would refuse its vote to them all for ever. So it gets no more than one of them
    // has on its disk: the leader itself, unless a change unseated it, or one that has acknowledged.
    private LogIndex LastFor(PeerProgress peer)
    {
        if (!peer.IsWitness)
            return _protocol.Log.LastIndex;
        Configuration configuration = _protocol.Configuration;
        LogIndex held = configuration.IsVoter(_protocol.Self) ? _protocol.Log.Durable : LogIndex.Zero;
        foreach (PeerProgress other in _peers)
        {
            if (configuration.IsVoter(other.Id) && !configuration.IsWitness(other.Id))
                held = LogIndex.Max(held, other.Match);
        }
        return held;
    }

    // The offer is repeated until the peer speaks of it; after a long silence the search starts over, so that no peer is stranded.
    private void AskAfterSnapshot(PeerProgress peer)
    {
        if (++peer.SnapshotSilence * _protocol.Options.HeartbeatTicks >= _protocol.Options.SnapshotTicks)
            peer.SnapshotEnded();
        else
            OfferSnapshot(peer);
    }

    private void OfferSnapshot(PeerProgress peer) => _protocol.Send(new SnapshotOffer
    {
        Header = _protocol.HeaderTo(peer.Id),
        AtLeast = _protocol.Log.Base,
        Configuration = _protocol.Configurations.At(_protocol.Log.Base.Index),
    });

    private void Fetch(PeerProgress peer)
    {
        if (peer.Fetching == peer.Next)
            return;
        bool asked = false;
        foreach (PeerProgress other in _peers)
            asked |= other.Fetching == peer.Next;
        peer.Fetching = peer.Next;
        if (asked)
            return;
        LogIndex last = LogIndex.Min(_protocol.Log.WindowFirst.Previous, new LogIndex(peer.Next.Value + FetchEntriesMax - 1));
        _protocol.Outbox.Add(new LogRange(peer.Next, last));
    }

    private void SendAppend(PeerProgress peer, in EntrySlice slice)
    {
        LogIndex previous = peer.Next.Previous;
        if (_protocol.Log.TermAt(previous) is not { } term)
        {
            peer.NeedsSnapshot();
            OfferSnapshot(peer);
            return;
        }
        ReadOnlyMemory<Entry> entries = slice.Entries;
        Invariant.Check(entries.IsEmpty || entries.Span[0].Index == peer.Next);
        LogIndex last = new(previous.Value + entries.Length);
        if (!entries.IsEmpty || peer.State == PeerState.Probe)
            peer.Sent(last, slice.Bytes);
        LogPosition before = new(term, previous);
        _protocol.Send(KeepsNoPayloads(peer)
            ? _protocol.Messages.Append(peer.Id, _protocol.Term, before, _protocol.Commit, WithoutPayloads(entries))
            : _protocol.Messages.Append(peer.Id, _protocol.Term, before, _protocol.Commit, in slice));
        peer.CommitSent = LogIndex.Max(peer.CommitSent, LogIndex.Min(last, _protocol.Commit));
    }

    // A change that is not committed may be undone: then who would be a witness by it may yet have to keep data. Trace: witness_not_admitted.
    private bool KeepsNoPayloads(PeerProgress peer) =>
        peer.IsWitness && _protocol.Configurations.At(_protocol.Commit).IsWitness(peer.Id);

    private void SendHeartbeat(PeerProgress peer, long round, bool quiesce = false)
    {
        LogIndex commit = Mutation.Is(Mutant.HeartbeatCommitsUnshared) ? _protocol.Commit : LogIndex.Min(peer.Match, _protocol.Commit);
        peer.CommitSent = LogIndex.Max(peer.CommitSent, commit);
        _protocol.Send(_protocol.Messages.Heartbeat(peer.Id, _protocol.Term, commit, round, quiesce));
    }

    private ReadOnlyMemory<Entry> Batch(ReadOnlyMemory<Entry> entries)
    {
        ReadOnlySpan<Entry> span = entries.Span;
        long bytes = 0;
        for (int i = 0; i < span.Length; i++)
        {
            bytes += span[i].SizeBytes;
            if (i > 0 && bytes > _protocol.Options.MessageBytesMax)
                return entries[..i];
        }
        return entries;
    }

    /// <summary>What a witness keeps: positions and kinds, and configurations whole, because it votes by them.</summary>
    private static EntrySlice WithoutPayloads(ReadOnlyMemory<Entry> entries)
    {
        Entry[] bare = entries.ToArray();
        for (int i = 0; i < bare.Length; i++)
        {
            if (bare[i].Kind == EntryKind.Command)
                bare[i] = new Entry(bare[i].Position, EntryKind.Command, default);
        }
        return EntrySlice.Outside(bare);
    }
}
