using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Replication;
using RaftKv.Raft.Roles;

namespace RaftKv.Raft.Reads;

/// <summary>A leader's rounds of confirmation: a quorum echoing a round proves that no later leader existed when it started.</summary>
internal sealed class ReadConfirmation(Protocol protocol, Replicator replicator, LeadershipTransfer transfer)
{
    private readonly LeaderLease _lease = new(protocol);
    private readonly LeaderReads _reads = new();

    /// <summary>The round under way; heartbeats repeat it until it is confirmed.</summary>
    public long Round { get; private set; } = 1;

    public ReadStatus Add(LeaderRead read)
    {
        if (_reads.Count >= protocol.Options.PendingReadsMax)
            return ReadStatus.Busy;
        if (MayServeByLease)
            Answer(read, protocol.Commit);
        else
            _reads.Add(read);
        return ReadStatus.Waiting;
    }

    /// <summary>
    /// Starts the next round. Not before an entry of this term is committed: until then the commit index may lag behind what
    /// earlier leaders acknowledged (Raft 8).
    /// </summary>
    public void Pump()
    {
        if (!_reads.CanStart || !(protocol.HasCommittedInTerm || Mutation.Is(Mutant.ReadBeforeCommitInTerm)))
            return;
        _reads.Start(Round + 1, protocol.Commit);
        NextRound();
    }

    /// <summary>Heartbeats go out as a new round.</summary>
    public void NextRound()
    {
        Round++;
        if (protocol.Options.LeaseReads)
            _lease.Sent(Round);
        replicator.Heartbeat(Round);
        Confirm();
    }

    /// <summary>Serves what a quorum has confirmed.</summary>
    public void Confirm()
    {
        if (_reads.Count == 0 && !protocol.Options.LeaseReads)
            return;
        long confirmed = replicator.ConfirmedRound(Round);
        if (protocol.Options.LeaseReads)
            _lease.Confirmed(confirmed);
        (List<LeaderRead> served, LogIndex index) = _reads.Confirmed(confirmed);
        foreach (LeaderRead read in served)
            Answer(read, index);
    }

    public void DropAll()
    {
        foreach (LeaderRead read in _reads.TakeAll())
        {
            if (read.From == protocol.Self)
                protocol.Outbox.Add(new ReadResult(read.Number, ReadOutcome.Dropped, default));
        }
    }

    /// <summary>Whether no read waits.</summary>
    public bool IsIdle => _reads.Count == 0;

    public void EndLease() => _lease.End();

    private bool MayServeByLease =>
        protocol.Options is { LeaseReads: true, CheckQuorum: true }
        && protocol.HasCommittedInTerm
        && (!transfer.MayBeUnseated || Mutation.Is(Mutant.LeaseAfterTransfer))
        && _lease.IsHeld;

    private void Answer(LeaderRead read, LogIndex index)
    {
        if (read.From == protocol.Self)
        {
            protocol.Outbox.Add(new ReadResult(read.Number, ReadOutcome.Confirmed, index));
            return;
        }
        protocol.Send(new ReadIndexResponse
        {
            Header = protocol.HeaderTo(read.From),
            Session = read.Session,
            Sequence = read.Number,
            Index = index,
        });
    }
}
