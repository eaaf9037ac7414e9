using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>
/// Who belongs to the group, as this member knows it: carries out wishes to change it, notices that this member was removed, and tells
/// those who do not know that they were.
/// </summary>
/// <remarks>
/// A removed member no longer receives the log and so rarely learns of its removal from there. It learns it from whomever it talks to:
/// a member that hears one which is none answers with the configuration, and one that knows no leader asks. The answer is believed
/// when it is committed and newer than the last committed entry found here at which this member belonged to the group; then it was removed
/// after it was admitted. One that was never admitted, or whose admission is under way, is not misled by one that does not know of it yet.
/// </remarks>
internal sealed class Membership(NodeDriverOptions options, RaftStatus start)
{
    // Whoever pretends to be many nodes is answered late, not with memory.
    private const int StrangersMax = 64;

    // Ticks between questions while no leader is known.
    private const int AskTicks = 10;

    private readonly RequestQueue _all = new(options.RequestTicks);
    private readonly List<MembershipInput> _waiting = [];
    private readonly SortedSet<NodeId> _toTell = [];
    private LogIndex _index = start.ConfigurationIndex;

    // The last entry known to be committed at which this member belonged to the group; null when there is none.
    private LogIndex? _admittedAt = options.AdmittedAt;
    private (LogIndex Commit, LogIndex Index, Role Role) _seen;

    /// <summary>The configuration in effect, committed or not.</summary>
    public Configuration Configuration { get; private set; } = start.Configuration;

    /// <summary>How many wishes have not ended.</summary>
    public int Count => _all.Count;

    /// <summary>Whether this member was admitted with this very disk, by its own log.</summary>
    public bool IsOnRecord(long incarnation) => incarnation != 0 && Configuration.IncarnationOf(options.Self) == incarnation;

    /// <summary>Whether the configuration is among what is known to be committed.</summary>
    public bool IsCommitted(LogIndex commit) => commit >= _index;

    public void Changed(ConfigurationChanged changed) => (_index, Configuration) = (changed.Index, changed.Configuration);

    public void Add(MembershipInput wish, long nowTick, RaftCore core)
    {
        if (core.Role != Role.Leader && !IsReached(wish, core))
        {
            wish.Fail(Failure(RaftKvError.NotLeader, $"Member {options.Self} does not lead.", WriteOutcome.NotApplied, core.Leader));
            return;
        }
        _all.Add(wish, nowTick);
        _waiting.Add(wish);
        _seen = default;
    }

    /// <summary>Carries wishes on if anything has changed that they depend on. True when something did.</summary>
    public bool Work(RaftCore core)
    {
        (LogIndex, LogIndex, Role) now = (core.Commit, _index, core.Role);
        if (now == _seen)
            return false;
        _seen = now;
        if (core.ConfigurationAt(core.Commit).IsMember(options.Self))
            _admittedAt = core.Commit;
        foreach (MembershipInput wish in _waiting)
            CarryOn(wish, core);
        _waiting.RemoveAll(static wish => wish.IsOver);
        return true;
    }

    /// <summary>Whether this member was one and is none any more, by a configuration that is committed.</summary>
    public bool IsRemoved(LogIndex commit) =>
        IsCommitted(commit) && IsRemovedBy(_index, Configuration);

    /// <summary>Whether this member was one, and is none by what is committed at an entry.</summary>
    public bool IsRemovedBy(LogIndex index, Configuration committed) =>
        _admittedAt is { } admitted && index > admitted && !committed.IsMember(options.Self);

    /// <summary>Another node's word. True when this member was removed; whoever waits for just that has his answer.</summary>
    public bool Heard(NodeId from, MemberNotice notice)
    {
        if (notice.Index < _index || (notice.Index == _index && !notice.IsCommitted))
            Tell(from);
        bool isRemoved = notice.IsCommitted && IsRemovedBy(notice.Index, notice.Configuration)
            && (notice.Index > _index || !Configuration.IsMember(options.Self));
        if (!isRemoved)
            return false;
        foreach (MembershipInput wish in _waiting)
        {
            if (wish.Change.IsReached(notice.Configuration, start.Formats.Max))
                Succeed(wish);
        }
        return true;
    }

    /// <summary>A message came from a node: if it is no member, it is told so with the next tick.</summary>
    public void HeardFrom(NodeId node)
    {
        if (!Configuration.IsMember(node))
            Tell(node);
    }

    public void Tick(long nowTick, RaftCore core, Transport.ITransport transport)
    {
        while (_all.Expired(nowTick) is MembershipInput wish)
        {
            WriteOutcome outcome = wish.WasAppended ? WriteOutcome.Unknown : WriteOutcome.NotApplied;
            Fail(wish, RaftKvError.Timeout, "The membership was not changed before the deadline.", outcome, core.Leader);
        }
        _waiting.RemoveAll(static wish => wish.IsOver);
        // Leadership being handed over is the one obstacle that passes without a trace here.
        if (_waiting.Count > 0)
            _seen = default;
        Speak(nowTick, core.Leader, IsCommitted(core.Commit), transport);
    }

    /// <summary>Asks the members when there is no leader, and tells those who do not know it who the members are.</summary>
    public void Speak(long nowTick, NodeId leader, bool isCommitted, Transport.ITransport transport)
    {
        bool asks = leader == NodeId.None && nowTick % AskTicks == 0;
        if (!asks && (_toTell.Count == 0 || !isCommitted))
            return;
        MemberNotice notice = new(options.Group, _index, isCommitted, Configuration);
        foreach (NodeId member in asks ? Configuration.Members() : [])
        {
            if (member != options.Self)
                _toTell.Add(member);
        }
        foreach (NodeId node in _toTell)
            transport.SendMembers(node, notice);
        _toTell.Clear();
    }

    /// <summary>Ends everything: the node stops.</summary>
    public void Stop(RaftKvException reason)
    {
        while (_all.First is MembershipInput wish)
        {
            WriteOutcome outcome = wish.WasAppended ? WriteOutcome.Unknown : WriteOutcome.NotApplied;
            Fail(wish, reason.Error, reason.Message, outcome, NodeId.None, reason.InnerException);
        }
        _waiting.Clear();
    }

    private bool IsReached(MembershipInput wish, RaftCore core) =>
        IsCommitted(core.Commit) && wish.Change.IsReached(Configuration, start.Formats.Max);

    private void CarryOn(MembershipInput wish, RaftCore core)
    {
        if (wish.Change.IsReached(Configuration, start.Formats.Max))
        {
            if (IsCommitted(core.Commit))
                Succeed(wish);
        }
        else if (core.Role == Role.Leader)
            Propose(wish, core);
        else if (!wish.WasAppended)
            Fail(wish, RaftKvError.NotLeader, $"Member {options.Self} leads no longer.", WriteOutcome.NotApplied, core.Leader);
    }

    private void Tell(NodeId node)
    {
        if (_toTell.Count < StrangersMax && !Mutation.Is(Mutant.RemovedNotTold))
            _toTell.Add(node);
    }

    private void Succeed(MembershipInput wish)
    {
        _all.End(wish);
        wish.Succeed();
    }

    private void Propose(MembershipInput wish, RaftCore core)
    {
        string? contradiction = wish.Change.IsActivation ? Unspoken(core.Status) : wish.Change.Contradiction(Configuration);
        if (contradiction is not null)
        {
            Refuse(wish, contradiction, core);
            return;
        }
        ChangeResult result =
            wish.Change.IsActivation ? core.RaiseFormat() : core.ChangeMembership(wish.Change.Steps(), wish.Change.Mode);
        wish.WasAppended |= result.Status == ChangeStatus.Appended;
        if (result.Status == ChangeStatus.Refused)
            Refuse(wish, Words(result.Error), core);
    }

    // Who keeps the newest format of this build from being active, in words; null when nobody does.
    private static string? Unspoken(RaftStatus status)
    {
        LogFormat newest = status.Formats.Max;
        foreach (PeerStatus peer in status.Peers)
        {
            if (peer.Formats is not { } formats)
                return $"Member {peer.Peer} is not connected, so whether it speaks log format {newest} is not known.";
            if (!formats.Covers(newest))
                return $"Member {peer.Peer} speaks log format {formats}, not {newest}.";
        }
        return null;
    }

    private void Refuse(MembershipInput wish, string reason, RaftCore core) =>
        Fail(wish, RaftKvError.MembershipRefused, reason, WriteOutcome.NotApplied, core.Leader);

    private static string Words(ChangeError error) => error switch
    {
        ChangeError.NoVoterLeft => "No voter that keeps data would be left.",
        ChangeError.InvalidMember => "A member's number is 1 or more.",
        ChangeError.WitnessHoldsNoData =>
            "A witness has no data to become anything else with; remove it and add a member with an empty directory and another number.",
        ChangeError.HoldsData =>
            "It keeps data that others may lack; remove it and add a witness with an empty directory and another number.",
        ChangeError.FormatNotSpoken => "Its build does not speak the log format that is active; install one that does.",
        _ => $"The membership cannot be changed so: {error}.",
    };

    private void Fail(
        MembershipInput wish, RaftKvError error, string message, WriteOutcome outcome, NodeId leader, Exception? inner = null)
    {
        _all.End(wish);
        wish.Fail(Failure(error, message, outcome, leader, inner));
    }

    private static RaftKvException Failure(
        RaftKvError error, string message, WriteOutcome outcome, NodeId leader, Exception? inner = null) =>
        new(message, outcome, leader == NodeId.None ? null : leader, inner) { Error = error };
}
