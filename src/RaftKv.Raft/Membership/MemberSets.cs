namespace RaftKv.Raft.Membership;

/// <summary>A configuration taken apart for changing.</summary>
internal sealed class MemberSets
{
    private readonly SortedSet<NodeId> _voters;
    private readonly SortedSet<NodeId> _outgoing;
    private readonly SortedSet<NodeId> _learners;
    private readonly SortedSet<NodeId> _learnersNext;
    private readonly SortedSet<NodeId> _joining;
    private readonly SortedSet<NodeId> _witnesses;
    private readonly SortedList<NodeId, long> _incarnations = [];
    private readonly SortedList<NodeId, string> _addresses = [];
    private LogFormat _format;

    public MemberSets(Configuration configuration)
    {
        _format = configuration.Format;
        _voters = [.. configuration.Voters];
        _outgoing = [.. configuration.VotersOutgoing];
        _learners = [.. configuration.Learners];
        _learnersNext = [.. configuration.LearnersNext];
        _joining = [.. configuration.Joining];
        _witnesses = [.. configuration.Witnesses];
        foreach (MemberIncarnation incarnation in configuration.Incarnations)
            _incarnations.Add(incarnation.Node, incarnation.Incarnation);
        foreach (MemberAddress address in configuration.Addresses)
            _addresses.Add(address.Node, address.Address);
    }

    public int VoterCount => _voters.Count;

    public bool IsMember(NodeId node) => _voters.Contains(node) || _outgoing.Contains(node) || _learners.Contains(node);

    public bool IsWitness(NodeId node) => _witnesses.Contains(node);

    public bool HasDataVoter => !_voters.IsSubsetOf(_witnesses);

    public void Apply(MemberChange change)
    {
        if (change.Address is { } address)
            _addresses[change.Node] = address;
        switch (change.Kind)
        {
            case MemberChangeKind.AddVoter:
                MakeVoter(change.Node);
                _witnesses.Remove(change.Node);
                break;
            case MemberChangeKind.AddWitness:
                MakeVoter(change.Node);
                _witnesses.Add(change.Node);
                break;
            case MemberChangeKind.AddLearner:
                MakeLearner(change.Node);
                break;
            case MemberChangeKind.Join when !_voters.Contains(change.Node):
                MakeLearner(change.Node);
                if (_learners.Contains(change.Node))
                    _joining.Add(change.Node);
                break;
            case MemberChangeKind.Remove:
                Remove(change.Node);
                break;
            default:
                break;
        }
    }

    public void Record(NodeId node, long incarnation) => _incarnations[node] = incarnation;

    public void Raise(LogFormat format) => _format = format;

    public void EnterJoint() => _outgoing.UnionWith(_voters);

    public void LeaveJoint()
    {
        _learners.UnionWith(_learnersNext);
        _learnersNext.Clear();
        _outgoing.Clear();
    }

    public Configuration ToConfiguration(bool autoLeave)
    {
        _joining.IntersectWith(_learners);
        _witnesses.RemoveWhere(node => !_voters.Contains(node) && !_outgoing.Contains(node) && !_joining.Contains(node));
        List<MemberIncarnation> incarnations = [];
        foreach ((NodeId node, long incarnation) in _incarnations)
        {
            if (IsMember(node))
                incarnations.Add(new MemberIncarnation(node, incarnation));
        }
        MemberAddress[] addresses =
            [.. _addresses.Where(pair => IsMember(pair.Key)).Select(pair => new MemberAddress(pair.Key, pair.Value))];
        return new Configuration(
            [.. _voters], [.. _outgoing], [.. _learners], [.. _learnersNext], autoLeave, [.. _joining], [.. _witnesses],
            [.. incarnations], addresses, _format);
    }

    public int VotersChangedFrom(ReadOnlySpan<NodeId> before)
    {
        SortedSet<NodeId> changed = [.. before];
        changed.SymmetricExceptWith(_voters);
        return changed.Count;
    }

    private void MakeVoter(NodeId node)
    {
        _learners.Remove(node);
        _learnersNext.Remove(node);
        _voters.Add(node);
    }

    // An outgoing voter still decides, and must not be learner and voter at once: it becomes a learner when the joint
    // configuration is left.
    private void MakeLearner(NodeId node)
    {
        if (_learners.Contains(node))
        {
            _joining.Remove(node);
            return;
        }
        Remove(node);
        if (_outgoing.Contains(node))
            _learnersNext.Add(node);
        else
            _learners.Add(node);
    }

    private void Remove(NodeId node)
    {
        _voters.Remove(node);
        _learners.Remove(node);
        _learnersNext.Remove(node);
    }
}
