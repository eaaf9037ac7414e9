using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Testing.World;

namespace RaftKv.Testing.Scenarios;

/// <summary>
/// What was destroyed where, and who belongs to the cluster meanwhile. Damage that no quorum could outlive is not done, nor a change
/// that would leave too few whole members: so whatever is lost in the end is a bug, not bad luck.
/// </summary>
/// <remarks>
/// The membership is known while it is settled: when the leader of the latest term has committed all it holds, with something of its
/// own term among it. Between a change that was asked for and the next such moment nothing more is destroyed, for nobody could tell
/// what a quorum is.
/// </remarks>
internal sealed class FaultAtlas
{
    private readonly SimulatedCluster _cluster;
    private readonly bool _givesState;
    private readonly bool _comparesStates;

    // Each with whether its disk was replaced since.
    private readonly SortedDictionary<NodeId, bool> _damaged = [];

    // Members whose machine was shown something else than the log has, and the first entry where it was.
    private readonly SortedDictionary<NodeId, LogIndex> _distorted = [];

    // Members that fetch the state of a distorted one.
    private readonly SortedSet<NodeId> _infected = [];
    private readonly SortedDictionary<NodeId, long> _distortions = [];
    private readonly SortedSet<NodeId> _leaving = [];
    private readonly SortedSet<NodeId> _wereMembers = [];
    private readonly List<(SimulatedMembership Wish, SimulatedNode Node, long Boot)> _wishes = [];

    // Members of which every voter had some disk's identity in its configuration, so that another disk shows.
    private readonly SortedSet<NodeId> _recorded = [];
    private Configuration _settled;
    private Configuration _latest;
    private bool _isChanging;

    public FaultAtlas(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _givesState = cluster.Nodes[0].Machine is ISnapshotMachine;
        _comparesStates = _givesState && cluster.Nodes[0].Machine is IAttestedMachine && cluster.Options.AttestationTicks > 0;
        _settled = _latest = new Configuration([.. cluster.Nodes.Select(node => node.Id)]);
        _wereMembers.UnionWith(_settled.Members());
    }

    /// <summary>Members whose stored state was damaged or lost. They may refuse to work, and must not work wrongly.</summary>
    public IReadOnlyCollection<NodeId> Damaged => _damaged.Keys;

    /// <summary>Whether a member's stored state was damaged or lost, and it has not been admitted with another disk since.</summary>
    public bool IsDamaged(NodeId member) => _damaged.ContainsKey(member) || _distorted.ContainsKey(member);

    /// <summary>Whether what a member's present disk holds is not what was written there; a disk that was lost says nothing of the new one.</summary>
    public bool AreFilesDamaged(NodeId member) =>
        (_damaged.TryGetValue(member, out bool isReplaced) && !isReplaced) || _distorted.ContainsKey(member);

    /// <summary>Whether a member's machine has made something else of the log than it should, and nothing has put that right.</summary>
    public bool IsDistorted(NodeId member) => _distorted.ContainsKey(member);

    /// <summary>Whether there is a member of which that is so.</summary>
    public bool AreDistorted => _distorted.Count > 0;

    /// <summary>How often a member's state became another than it should be, or was put right again.</summary>
    public long Distortions(NodeId member) => _distortions.GetValueOrDefault(member);

    /// <summary>
    /// Whether so many voters' states were another than they should be, one after the other, that what they told of them then may leave no
    /// majority for a slice: the word of one that was put right since counts until its next one arrives.
    /// </summary>
    public bool MayBeDisputed
    {
        get
        {
            // That of the leader is news while the membership changes.
            Configuration present = _cluster.Leader?.Driver?.Status.Configuration ?? _settled;
            return _distortions.Keys.Count(member => _settled.IsVoter(member) || present.IsVoter(member))
                > (Math.Min(_settled.Voters.Length, present.Voters.Length) - 1) / 2;
        }
    }

    /// <summary>Whether a member's disk was replaced, and not everybody knows of the new one yet.</summary>
    public bool IsReplaced(NodeId member) => _damaged.GetValueOrDefault(member);

    /// <summary>Members whose disks were replaced and that were not admitted with the new ones yet.</summary>
    public IEnumerable<NodeId> Awaited => _damaged.Where(member => member.Value).Select(member => member.Key)
        .Where(member => _settled.IncarnationOf(member) != _cluster.Node(member).Incarnation);

    /// <summary>Whether a change of the membership may be under way.</summary>
    public bool IsChanging
    {
        get
        {
            Look();
            return _isChanging;
        }
    }

    /// <summary>Whether others than the founders may belong to the cluster, or not all of them.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>What was damaged, in words.</summary>
    public string Words => string.Join(' ', _damaged.Select(member => $"{member.Key}{(member.Value ? " (new disk)" : "")}")
        .Concat(_distorted.Select(member => $"{member.Key} (distorted at {member.Value})")));

    /// <summary>Whether a node belonged to the cluster when that was last certain.</summary>
    public bool IsMember(NodeId node) => _settled.IsMember(node);

    /// <summary>Whether a node was a voter when that was last certain.</summary>
    public bool IsVoter(NodeId node) => _settled.IsVoter(node);

    /// <summary>Whether a member was to leave at some time, so that it may find itself removed.</summary>
    public bool MayHaveLeft(NodeId node) => _leaving.Contains(node);

    /// <summary>
    /// Whether a node surely belonged to the cluster at some time. One whose addition was replaced in the log may think that it did.
    /// </summary>
    public bool WasMember(NodeId node) => _wereMembers.Contains(node);

    /// <summary>Voters when that was last certain.</summary>
    public int Voters => _settled.Voters.Length;

    /// <summary>Whether a member's stored state may be damaged: a quorum must be left that never was.</summary>
    public bool TryDamage(NodeId member)
    {
        bool isBorne = IsBorne(member);
        if (isBorne)
            _damaged[member] = false;
        return isBorne;
    }

    /// <summary>
    /// Whether a member's machine may make something else of an entry than it should. Members must compare their states in the end, and as for
    /// damage a quorum must be left: then a majority of the voters holds the right state.
    /// </summary>
    public bool TryDistort(NodeId member, LogIndex index)
    {
        bool isFoundOut = _comparesStates && _cluster.Nodes.Any(node => Builds.Compares(Builds.Number(node.Formats)));
        if (!isFoundOut || !IsBorne(member))
            return false;
        if (_distorted.TryAdd(member, index))
            Changed(member);
        return true;
    }

    /// <summary>Whether a member may give its state to another. A state that is not what it should be makes that one's so, too.</summary>
    public bool MayGive(NodeId from, NodeId to)
    {
        if (!_distorted.TryGetValue(from, out LogIndex index))
            _infected.Remove(to);
        else if (TryDistort(to, index))
            _infected.Add(to);
        else
            return false;
        return true;
    }

    /// <summary>Another member's state took the place of a member's own.</summary>
    public void Replaced(NodeId member)
    {
        if (!_infected.Remove(member))
            PutRight(member);
    }

    /// <summary>A member's machine begins again from its last checkpoint, and what comes later is shown to it as it is.</summary>
    public void Opened(SimulatedNode node)
    {
        _infected.Remove(node.Id);
        if (_distorted.TryGetValue(node.Id, out LogIndex index) && node.Machine!.Applied.Index < index)
            PutRight(node.Id);
    }

    /// <summary>
    /// Whether a member's disk may be lost: as for damage, and every voter must have its identity on record, since who has not cannot see
    /// that it is another one (docs/divergence.md). A machine whose state cannot travel comes back only while the log still begins at its
    /// first entry.
    /// </summary>
    public bool TryWipe(SimulatedNode node)
    {
        Look();
        if (!_givesState || !_recorded.Contains(node.Id) || !TryDamage(node.Id))
            return false;
        _damaged[node.Id] = true;
        PutRight(node.Id);
        return true;
    }

    /// <summary>Whether a voter may be taken away: the others must bear it, and what is damaged among them.</summary>
    /// <param name="member">The voter.</param>
    /// <param name="isReplaced">Whether another comes for it; otherwise no more than one fewer than there were at first is allowed.</param>
    public bool MayLeave(NodeId member, bool isReplaced)
    {
        Look();
        int least = Math.Max(1, isReplaced ? 1 : _cluster.Options.Members - 1);
        if (_isChanging || !_settled.IsVoter(member) || _settled.Voters.Length <= least || (isReplaced && !_givesState))
            return false;
        NodeId[] left = [.. _settled.Voters.ToArray().Where(voter => voter != member)];
        return Bears(left, NodeId.None);
    }

    /// <summary>Whether a node belongs to the cluster without a vote.</summary>
    public bool IsLearner(NodeId node) => _settled.IsLearner(node);

    /// <summary>Whether a member more may come: it may need the others' state, if the log was given up.</summary>
    public bool MayCome() => _givesState && !IsChanging;

    /// <summary>A change was asked for.</summary>
    public void Changing(SimulatedMembership wish, SimulatedNode node, NodeId leaving)
    {
        (_isChanging, HasChanged) = (true, true);
        _wishes.Add((wish, node, node.Boot));
        if (leaving != NodeId.None)
            _leaving.Add(leaving);
    }

    /// <summary>Takes note of what the cluster has become.</summary>
    public void Look()
    {
        _wishes.RemoveAll(wish => wish.Wish.IsOver || wish.Node.Boot != wish.Boot);
        if (_wishes.Count > 0 || _cluster.Leader is not { IsWorking: true, IsPaused: false } leader)
            return;
        RaftStatus status = leader.Driver!.Status;
        Configuration now = _latest = status.Configuration;
        // The leader commits by the others' disks alone, when its own is slow.
        bool isHeldByAll = LogIndex.Min(status.Commit, status.Durable) >= status.ConfigurationIndex && !now.IsJoint
            && status.Peers.All(peer => !now.IsVoter(peer.Peer) || Holds(peer, status));
        foreach (MemberIncarnation disk in isHeldByAll ? now.Incarnations : [])
            _recorded.Add(disk.Node);
        bool isSettled = status.Commit == status.Last.Index && status.Last.Term == status.Term && !now.IsJoint && now.Joining.IsEmpty;
        if (!isSettled)
            return;
        (_settled, _isChanging) = (now, false);
        _wereMembers.UnionWith(now.Members());
        foreach (NodeId member in _damaged.Keys.ToArray())
        {
            // One whose new disk was admitted holds what the others hold. Who has not heard of the disk would not vote for it.
            bool isWhole = _damaged[member] && isHeldByAll && _cluster.Network.Quarantine?.Member != member
                && now.IsMember(member) && now.IncarnationOf(member) == _cluster.Node(member).Incarnation;
            if (isWhole)
                _damaged.Remove(member);
        }
    }

    private bool IsBorne(NodeId member)
    {
        Look();
        bool isDamaged = IsDamaged(member);
        return _isChanging
            ? isDamaged && (_settled.IsVoter(member) || !_latest.IsVoter(member))
            : !_settled.IsVoter(member) || Bears(_settled.Voters, isDamaged ? NodeId.None : member);
    }

    private void PutRight(NodeId member)
    {
        if (_distorted.Remove(member))
            Changed(member);
    }

    private void Changed(NodeId member) => _distortions[member] = Distortions(member) + 1;

    // Whether a voter's present disk has the configuration, as far as the leader's word for it is about that disk.
    private bool Holds(PeerStatus peer, RaftStatus status) => peer.Match >= status.ConfigurationIndex
        && status.Configuration.IncarnationOf(peer.Peer) == _cluster.Node(peer.Peer).Incarnation;

    private bool Bears(ReadOnlySpan<NodeId> voters, NodeId more)
    {
        int lost = more == NodeId.None ? 0 : 1;
        foreach (NodeId voter in voters)
            lost += IsDamaged(voter) ? 1 : 0;
        return lost <= (voters.Length - 1) / 2;
    }
}
