using RaftKv.Raft.Log;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;
using RaftKv.Raft.Replication;

namespace RaftKv.Raft.Roles;

/// <summary>What every role shares: term, vote, log, configuration, commit index, and the one door between roles.</summary>
internal sealed class Protocol
{
    private readonly SplittableRandom _random;
    private readonly HardStateWriter _hardState;
    private readonly Term _restoredTerm;

    // How much of the log has been found in this run to be shared with the leader of this term.
    private LogIndex _shared;
    private long _readSequence;
    private long _leaderHeardAt = Mutation.Is(Mutant.LeaseForgottenOnRestart) ? long.MinValue / 2 : 0;
    private long _refusedShorterLogAt = long.MinValue / 2;
    private int _ticksWithoutDiskProgress;

    // Whether entries could have been taken at some moment since the last tick.
    private bool _hadRoom = true;
    private int _spreadTicks;

    public Protocol(RaftOptions options, RaftRestore restored, SplittableRandom random)
    {
        Options = options;
        Messages = new MessagePool(options);
        Outbox = new Outbox(Messages);
        _random = random;
        Log = new RaftLog(restored);
        Configurations = new ConfigurationHistory(restored);
        Applier = new Applier(LogIndex.Max(restored.Applied, restored.Base.Index), options.ApplyBytesMax);
        Term = _restoredTerm = restored.HardState.Term;
        VotedFor = Mutation.Is(Mutant.ForgetVoteOnRestart) ? NodeId.None : restored.HardState.VotedFor;
        Commit = LogIndex.Max(LogIndex.Min(restored.HardState.Commit, restored.Last), Applier.Applied);
        Invariant.Check(Commit <= restored.Last && Log.Last.Term <= Term);
        Log.CommittedTo(Commit);
        Limits = options.EntryLimits;
        Log.WantWindow(Limits.WindowBytes);
        _hardState = new HardStateWriter(restored.HardState);
        SnapshotReceiver = new SnapshotReceiver(this);
        Rest = new Rest(this);
        Spoken = new SpokenFormats(this);
        Role = new FollowerRole(this);
        DrawSpread();
    }

    public RaftOptions Options { get; }

    /// <summary>How many bytes of entries are kept in memory.</summary>
    public EntryLimits Limits { get; private set; }

    public RaftLog Log { get; }

    public ConfigurationHistory Configurations { get; }

    public Applier Applier { get; }

    public MessagePool Messages { get; }

    public Outbox Outbox { get; }

    public SnapshotReceiver SnapshotReceiver { get; }

    public Rest Rest { get; }

    public SpokenFormats Spoken { get; }

    public RoleState Role { get; private set; }

    public Term Term { get; private set; }

    public NodeId VotedFor { get; private set; }

    public NodeId Leader { get; private set; }

    public LogIndex Commit { get; private set; }

    /// <summary>What this member took from others in this term, while it led; null when it has not led in it since it was started.</summary>
    public TakenRequests? TakenFromOthers { private get; set; }

    /// <summary>Ticks since the start.</summary>
    public long Now { get; private set; }

    /// <summary>
    /// Whether this member keeps the promise behind lease reads: no vote within an election timeout of a leader's word, whatever
    /// happened to term and role since, and none so soon after a start that such a promise may have been forgotten.
    /// </summary>
    public bool WithholdsVotes => Options.LeaseReads && Now - _leaderHeardAt < Options.ElectionTicks;

    /// <summary>
    /// Whether writes wait and the disk has finished none for an election timeout, or there was no room for any to wait: a disk that other
    /// groups have filled with work and that hangs has none for this one, and others must lead it too.
    /// </summary>
    public bool IsDiskStuck => _ticksWithoutDiskProgress >= Options.ElectionTicks;

    /// <summary>
    /// This role's own draw: from [n, 1.5 n) while a leader is known, from [n, 2 n) when none is, n being ElectionTicks. Whoever loses a
    /// leader notices soon; whoever campaigned against others, or saw it, takes the wide spread, so that split votes resolve.
    /// </summary>
    public int ElectionTimeout =>
        Options.ElectionTicks + (Leader == NodeId.None ? _spreadTicks : _spreadTicks / 2) + Options.ElectionDelayTicks;

    public NodeId Self => Options.Self;

    public Configuration Configuration => Configurations.Current;

    /// <summary>
    /// Whether an entry of this term is committed: only then does a leader know what its predecessors committed (Raft 8).
    /// </summary>
    public bool HasCommittedInTerm => Log.TermAt(Commit) == Term;

    /// <summary>Whether all there is in the log is durable, committed and applied here.</summary>
    public bool IsAllDone =>
        Applier.Applied == Log.LastIndex && Log.Durable == Log.LastIndex && !IsWriting && !SnapshotReceiver.IsUnderWay;

    /// <summary>
    /// Whether this member may campaign. One that a change not known to be committed makes no voter any more may be the only one to
    /// hold that change, and then nobody else can win (thesis 4.2.2). So may one that others need as a voter, by a change that it does not
    /// know of, and whose log is ahead of theirs. Traces: demoted_leader_returns, learner_is_needed.
    /// </summary>
    public bool MayLead => (Configuration.IsVoter(Self) || Configurations.At(Commit).IsVoter(Self) || IsNeeded)
        && !Configuration.IsWitness(Self) && !IsDiskStuck && !IsStranger;

    // Whoever asks in vain asks again within two election timeouts.
    private bool IsNeeded => Now - _refusedShorterLogAt <= 2 * Options.ElectionTicks;

    /// <summary>
    /// Whether this member's disk is not the one that the group has on record, as far as the member knows, or nobody has told it yet who
    /// belongs to the group. It may be a voter that lost its disk, and with it a vote or an acknowledgement: a candidate whose log does not
    /// reach to where its identity was noted would count its vote, and what it was given of the log so far may name it the only voter. Who
    /// becomes a voter in the ordinary way holds the log before, and is never such a stranger. Tests: trace stranger, scenario alone_by_an_old_state.
    /// </summary>
    public bool IsStranger => Options.Incarnation != 0
        && (Configuration.Voters.IsEmpty || !Configuration.Admits(Self, Options.Incarnation));

    /// <summary>Whether term and vote, as they stand, are on the disk.</summary>
    public bool IsVoteDurable => _hardState.IsDurable(Term, VotedFor);

    /// <summary>Whether so much is on its way to the disk that no entry is taken.</summary>
    public bool IsFull => Log.UnwrittenBytes >= Limits.UnwrittenBytes;

    public bool HasUnwritten => Log.HasUnwritten || _hardState.MustWrite(Term, VotedFor);

    public bool IsWriting => Log.IsWriting || _hardState.IsWriting;

    public void LeaderHeard() => _leaderHeardAt = Now;

    /// <summary>A member asked for this one's vote, as of a voter, in vain: its log is behind.</summary>
    public void RefusedShorterLog() => _refusedShorterLogAt = Now;

    /// <summary>Increasing within this run.</summary>
    public long NextReadSequence() => ++_readSequence;

    /// <summary>The one door between roles. A new term is persisted before any message of that term leaves.</summary>
    public void Become(Role next, Term term, NodeId leader, bool transfer = false)
    {
        Role previous = Role.Kind;
        Invariant.Check(term >= Term);
        Invariant.Check(IsLegal(previous, next));
        Role.Leave();
        if (term > Term)
            (Term, VotedFor, _shared, TakenFromOthers) = (term, NodeId.None, LogIndex.Zero, null);
        DrawSpread();
        Role = next switch
        {
            Raft.Role.Follower => new FollowerRole(this),
            Raft.Role.PreCandidate => new PreCandidateRole(this),
            Raft.Role.Candidate => new CandidateRole(this, transfer),
            _ => new LeaderRole(this),
        };
        if (previous != next)
            Outbox.Add(new RoleChanged { Term = Term, Previous = previous, Current = next });
        SetLeader(leader);
        Role.Enter();
    }

    public void SetLeader(NodeId leader)
    {
        if (Leader == leader)
            return;
        Leader = leader;
        Outbox.Add(new LeaderChanged { Term = Term, Leader = leader });
        Role.LeaderKnown();
    }

    public void VoteFor(NodeId candidate)
    {
        Invariant.Check(VotedFor == NodeId.None || VotedFor == candidate);
        VotedFor = candidate;
    }

    public void Append(Entry entry)
    {
        Log.Append(entry);
        if (entry.Kind != EntryKind.Configuration)
            return;
        bool decoded = ConfigurationCodec.TryDecode(entry.Payload.Span, out Configuration configuration);
        Invariant.Check(decoded);
        Configurations.Append(entry.Index, configuration);
        ConfigurationTookEffect();
    }

    public void TruncateFrom(LogIndex index)
    {
        Invariant.Check(index > Commit);
        Log.TruncateFrom(index);
        if (!Mutation.Is(Mutant.KeepTruncatedConfiguration) && Configurations.TruncateFrom(index))
            ConfigurationTookEffect();
    }

    public void CommitTo(LogIndex index)
    {
        Invariant.Check(index <= Log.LastIndex);
        if (index <= Commit)
            return;
        Commit = index;
        Log.CommittedTo(Commit);
    }

    /// <summary>Keeps so many bytes of entries from now on. Whether some can be applied that were held back before.</summary>
    public bool Limit(in EntryLimits limits)
    {
        bool wasHeldBack = Applier.IsHeldBack(Log, Commit);
        Limits = limits;
        Applier.BytesMax = limits.ApplyBytes;
        Log.WantWindow(limits.WindowBytes);
        _hadRoom |= !IsFull;
        ShrinkWindow();
        return wasHeldBack && !Applier.IsHeldBack(Log, Commit);
    }

    /// <summary>The log up to an entry equals that of the leader of this term.</summary>
    public void Shares(LogIndex index) => _shared = LogIndex.Max(_shared, index);

    /// <summary>
    /// What this member can have acknowledged to the leader of this term, with this disk. The leader may still believe in what another disk
    /// had acknowledged; but before a run that found an earlier term on its disk there was nothing of this term. Trace: heartbeat_to_a_new_disk.
    /// </summary>
    public LogIndex Shared =>
        Term == _restoredTerm || Mutation.Is(Mutant.HeartbeatCommitsUnshared) ? Log.LastIndex : _shared;

    /// <summary>
    /// Whether a proposal forwarded in this term may be in the log, though this member does not lead: it may have led, and a frame that it had
    /// taken may come again.
    /// </summary>
    public bool MayHaveTaken(NodeId origin, long session, long requestId) =>
        TakenFromOthers is { } taken && taken.MayHaveTaken(origin, session, requestId);

    /// <summary>What stands before a message of this member in its own term, or in another one.</summary>
    public MessageHeader HeaderTo(NodeId to, Term? term = null) => new(Options.Group, Self, to, term ?? Term, Options.Incarnation);

    /// <summary>Sends what promises nothing beyond the term: at once, unless term or vote are still on their way to the disk.</summary>
    public void Send(Message message)
    {
        if (IsVoteDurable)
            Outbox.Send(message);
        else
            Outbox.SendAfterPersist(message);
    }

    /// <summary>Sends what must not leave before everything up to now is durable.</summary>
    public void Promise(Mutant breaker, Message message)
    {
        if (Mutation.Is(breaker))
            Outbox.Send(message);
        else
            Outbox.SendAfterPersist(message);
    }

    public bool HasPage => Applier.HasPage(Log, Commit);

    /// <summary>Adds what is to be written and applied to a Ready that carries everything else already.</summary>
    public void Complete(Ready ready)
    {
        if (HasUnwritten)
            ready.SetPersist(Log, _hardState.Take(ready.Number, new HardState(Term, VotedFor, Commit)));
        else if (!IsWriting)
            ready.ReleaseAfterPersist();
        if (HasPage)
            ready.SetApply(Applier.TakePage(Log, Commit));
        ShrinkWindow();
    }

    public void Tick()
    {
        // Time goes on for those who rest too: leases and the promises behind them end by it.
        if (!Rest.IsResting || !Mutation.Is(Mutant.LeaseThroughRest))
            Now++;
        if (Rest.IsResting)
            return;
        Rest.Tick();
        _ticksWithoutDiskProgress = IsWriting || !_hadRoom ? _ticksWithoutDiskProgress + 1 : 0;
        _hadRoom = !IsFull;
        Applier.Tick();
        Role.Tick();
    }

    public void Pump()
    {
        Role.Pump();
        if (Applier.Wanted(Log, Commit) is { } range)
            Outbox.Add(range);
    }

    public void LogRead(LogRange range, ReadOnlyMemory<Entry> entries)
    {
        if (!IsOurs(range, entries.Span))
            return;
        Applier.Fetched(range, entries);
        Role.LogRead(range, entries);
    }

    public void CompactTo(LogPosition newBase)
    {
        Invariant.Check(newBase.Index <= Applier.Applied);
        if (newBase.Index <= Log.Base.Index)
            return;
        Configurations.CompactTo(newBase.Index);
        Log.CompactTo(newBase);
    }

    /// <summary>
    /// Whether state up to a position would be news here. Its source may have gone on in a later term: this member must have heard
    /// of that term first. Trace: snapshot_from_a_later_term.
    /// </summary>
    public bool ShouldInstall(LogPosition position) =>
        position.Term <= Term
        && (position.Index > Commit || Mutation.Is(Mutant.InstallStaleSnapshot)) && Role.Kind != Raft.Role.Leader;

    /// <summary>
    /// The state machine now holds everything up to a position. If the log holds that very position, what follows it stays;
    /// otherwise the log is replaced as a whole (Raft 7).
    /// </summary>
    public void InstallSnapshot(LogPosition position, Configuration configuration)
    {
        Invariant.Check(ShouldInstall(position));
        if (Log.Contains(position))
        {
            // Also where the disk did not hold it: what follows may have been acknowledged in messages that wait to leave with its write.
            Configurations.CompactTo(position.Index);
            if (Log.Durable >= position.Index)
                Log.CompactTo(position);
            else
                Log.BeginAnewAfter(position);
        }
        else
        {
            Configurations.ResetTo(position.Index, configuration);
            Log.ResetTo(position);
            ConfigurationTookEffect();
        }
        Commit = position.Index;
        Log.CommittedTo(Commit);
        Applier.ResetTo(position.Index);
        SnapshotReceiver.Installed(position);
    }

    /// <summary>
    /// Batches up to a number are on the disk. Whether more may follow from it than that entries can be applied: a witness is sent only
    /// what a disk holds.
    /// </summary>
    public bool Persisted(long number)
    {
        _ticksWithoutDiskProgress = 0;
        bool moved = Log.Persisted(number);
        bool voted = _hardState.Persisted(number);
        if (!moved && !voted)
            return false;
        ShrinkWindow();
        (RoleState role, LogIndex commit) = (Role, Commit);
        Role.Persisted();
        return voted || role != Role || commit != Commit || Configuration.Witnesses.Length > 0 || !Log.InWindow(Applier.HandedOut.Next);
    }

    private static bool IsLegal(Role from, Role to) => (from, to) switch
    {
        (_, Raft.Role.Follower) => true,
        (not Raft.Role.Leader, Raft.Role.PreCandidate or Raft.Role.Candidate) => true,    // a timed-out candidate asks for pre-votes again
        (Raft.Role.Candidate, Raft.Role.Leader) => true,
        _ => false,                                                         // a leader never campaigns; nobody leads unelected
    };

    // What was read may have been replaced in the log since.
    private bool IsOurs(LogRange range, ReadOnlySpan<Entry> entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Index.Value != range.First.Value + i || !Log.Contains(entries[i].Position))
                return false;
        }
        return true;
    }

    // What was handed out stays for followers that are a little behind. What waits to be committed or applied would have to be read back
    // soon: it goes only when it is so much that its turn is far off.
    private void ShrinkWindow()
    {
        Log.ShrinkWindow(Limits.WindowBytes, Applier.HandedOut);
        Log.ShrinkWindow(Limits.WindowBytes + Limits.ApplyBytes, Log.Durable);
    }

    private void DrawSpread() => _spreadTicks = _random.Range(0, Options.ElectionTicks);

    private void ConfigurationTookEffect()
    {
        if (Mutation.Is(Mutant.PromiseForgottenOnPromotion))
            _leaderHeardAt = long.MinValue / 2;
        Outbox.Add(new ConfigurationChanged { Term = Term, Index = Configurations.Index, Configuration = Configuration });
        Role.ConfigurationChanged();
    }
}
