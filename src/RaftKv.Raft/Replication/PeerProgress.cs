namespace RaftKv.Raft.Replication;

/// <summary>What a leader knows about one peer, and the only places where that changes.</summary>
/// <remarks>
/// Probe: one message, then wait for its answer or the next heartbeat's. Replicate: stream within the window, assuming that what
/// was sent arrives. Snapshot: nothing until the snapshot is installed, failed or given up.
/// Invariant: Match is less than Next.
/// </remarks>
internal sealed class PeerProgress(NodeId id, LogIndex next, RaftOptions options)
{
    public NodeId Id { get; } = id;

    public PeerState State { get; private set; }

    public LogIndex Match { get; private set; }

    public LogIndex Next { get; private set; } = next;

    public Inflight Inflight { get; } = new(options.InflightMessagesMax, options.InflightBytesMax);

    /// <summary>Whether it is a witness by the configuration in effect.</summary>
    public bool IsWitness { get; set; }

    /// <summary>The disk identity it states; 0 while it was not heard from.</summary>
    public long Incarnation { get; set; }

    /// <summary>Heard from since the last quorum check.</summary>
    public bool Active { get; set; } = true;

    /// <summary>Heard from between the last two quorum checks.</summary>
    public bool WasActive { get; set; }

    /// <summary>Heard from within an election timeout, or little more.</summary>
    public bool IsHeard => Active || WasActive;

    /// <summary>The last confirmation round it echoed.</summary>
    public long Round { get; set; }

    /// <summary>The commit index it will know once all messages to it have arrived.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>In probe: a message is under way.</summary>
    public bool ProbeSent { get; set; }

    /// <summary>A disk read for it is under way that starts at this entry; zero when none is.</summary>
    public LogIndex Fetching { get; set; }

    /// <summary>What <see cref="Match"/> was at the last heartbeat answer: if it stands still, something may have been lost.</summary>
    public LogIndex MatchAtHeartbeat { get; set; }

    /// <summary>Heartbeats since the peer last spoke of the snapshot.</summary>
    public int SnapshotSilence { get; set; }

    public bool CanSend => State switch
    {
        PeerState.Probe => !ProbeSent,
        PeerState.Replicate => !Inflight.IsFull,
        _ => false,
    };

    public void Sent(LogIndex last, long bytes)
    {
        if (State == PeerState.Probe)
        {
            ProbeSent = true;
            return;
        }
        Invariant.Check(State == PeerState.Replicate && last >= Next);
        Inflight.Add(last, bytes);
        Next = last.Next;
    }

    /// <summary>Everything up to an entry is durable there. Whether that is news.</summary>
    public bool Acknowledged(LogIndex match)
    {
        bool news = match > Match;
        if (news)
            Match = match;
        if (State != PeerState.Replicate)
            Become(PeerState.Replicate);
        Next = LogIndex.Max(Next, Match.Next);
        Inflight.FreeThrough(Match);
        return news;
    }

    /// <summary>The position before <paramref name="previous"/>'s successor is not there. Whether that says anything new.</summary>
    public bool Rejected(LogIndex previous, LogIndex shared)
    {
        if (State == PeerState.Snapshot || previous <= Match)
            return false;
        if (State == PeerState.Replicate)
        {
            Become(PeerState.Probe);
            Next = LogIndex.Max(Match.Next, LogIndex.Min(previous, shared.Next));
            return true;
        }
        if (Next.Previous != previous)
            return false;
        Next = LogIndex.Max(Match.Next, LogIndex.Min(previous, shared.Next));
        ProbeSent = false;
        return true;
    }

    /// <summary>Waits for a snapshot; nothing else is sent.</summary>
    public void NeedsSnapshot()
    {
        Become(PeerState.Snapshot);
        SnapshotSilence = 0;
    }

    /// <summary>The snapshot failed, or nothing was heard of it: search anew.</summary>
    public void SnapshotEnded()
    {
        if (State == PeerState.Snapshot)
            Become(PeerState.Probe);
    }

    /// <summary>A message may have been lost: search again from what is certain.</summary>
    public void Unreachable()
    {
        if (State == PeerState.Replicate)
            Become(PeerState.Probe);
    }

    /// <summary>What the peer holds and what it is sent next lie within the leader's log.</summary>
    public void Audit(LogIndex last)
    {
        Invariant.Check(Match < Next && Match <= last && Next <= last.Next);
        Invariant.Check(State == PeerState.Replicate || Inflight.Count == 0);
        Inflight.Audit();
    }

    private void Become(PeerState next)
    {
        State = next;
        ProbeSent = false;
        Fetching = LogIndex.Zero;
        if (!Mutation.Is(Mutant.LeakWindow))
            Inflight.Clear();
        if (next != PeerState.Snapshot)
            Next = Match.Next;
    }
}
