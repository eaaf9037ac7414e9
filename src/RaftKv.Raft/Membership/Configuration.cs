using System.Globalization;
using System.Text;

namespace RaftKv.Raft.Membership;

/// <summary>Who belongs to a group and who decides. An immutable value: equal sets are equal configurations.</summary>
/// <remarks>
/// In text:
/// <c>voters=(1 2 3)&amp;&amp;(1 2) learners=(4) learners_next=(5) joining=(4) witnesses=(3) incarnations=(1:77) addresses=(1:db:80)
/// format=1.2 autoleave</c>;
/// all but the first set are left out when empty, false or the first format. Joint consensus is Raft 6 and thesis 4.3, learners are thesis 4.2.1.
/// </remarks>
public sealed class Configuration : IEquatable<Configuration>
{
    private readonly NodeId[] _voters;
    private readonly NodeId[] _votersOutgoing;
    private readonly NodeId[] _learners;
    private readonly NodeId[] _learnersNext;
    private readonly NodeId[] _joining;
    private readonly NodeId[] _witnesses;
    private readonly MemberIncarnation[] _incarnations;
    private readonly MemberAddress[] _addresses;

    /// <summary>Makes a configuration of the given sets.</summary>
    /// <param name="voters">Who decides.</param>
    /// <param name="votersOutgoing">Who decides beside them while the configuration is joint; empty when it is not.</param>
    /// <param name="learners">Who receives the log without deciding.</param>
    /// <param name="learnersNext">Outgoing voters that become learners when the joint configuration is left.</param>
    /// <param name="autoLeave">Whether the leader leaves the joint configuration by itself once it is committed.</param>
    /// <param name="joining">Learners that become voters once they have caught up.</param>
    /// <param name="witnesses">Voters, and joining learners, that keep no payloads and never lead.</param>
    /// <param name="incarnations">The disk identity under which each member was admitted, as far as it is known.</param>
    /// <param name="addresses">Where each member is reached, as far as it is known.</param>
    /// <param name="format">In which form the members write; not given, the first one.</param>
    /// <exception cref="ArgumentException">The sets contradict each other.</exception>
    public Configuration(
        ReadOnlySpan<NodeId> voters,
        ReadOnlySpan<NodeId> votersOutgoing = default,
        ReadOnlySpan<NodeId> learners = default,
        ReadOnlySpan<NodeId> learnersNext = default,
        bool autoLeave = false,
        ReadOnlySpan<NodeId> joining = default,
        ReadOnlySpan<NodeId> witnesses = default,
        ReadOnlySpan<MemberIncarnation> incarnations = default,
        ReadOnlySpan<MemberAddress> addresses = default,
        LogFormat format = default)
    {
        _voters = Sorted(voters);
        _votersOutgoing = Sorted(votersOutgoing);
        _learners = Sorted(learners);
        _learnersNext = Sorted(learnersNext);
        _joining = Sorted(joining);
        _witnesses = Sorted(witnesses);
        _incarnations = incarnations.ToArray();
        Array.Sort(_incarnations, (left, right) => left.Node.CompareTo(right.Node));
        _addresses = addresses.ToArray();
        Array.Sort(_addresses, (left, right) => left.Node.CompareTo(right.Node));
        AutoLeave = autoLeave;
        Format = format == default ? LogFormat.First : format;
        if (Contradiction() is { } contradiction)
            throw new ArgumentException(contradiction);
    }

    /// <summary>Nobody.</summary>
    public static Configuration Empty { get; } = new([]);

    /// <summary>Who decides, ascending.</summary>
    public ReadOnlySpan<NodeId> Voters => _voters;

    /// <summary>Who decides beside <see cref="Voters"/> while joint, ascending.</summary>
    public ReadOnlySpan<NodeId> VotersOutgoing => _votersOutgoing;

    /// <summary>Who receives the log without deciding, ascending.</summary>
    public ReadOnlySpan<NodeId> Learners => _learners;

    /// <summary>Outgoing voters that become learners when the joint configuration is left, ascending.</summary>
    public ReadOnlySpan<NodeId> LearnersNext => _learnersNext;

    /// <summary>Learners that become voters once they have caught up, ascending.</summary>
    public ReadOnlySpan<NodeId> Joining => _joining;

    /// <summary>
    /// Voters that keep terms, votes and positions but no payloads, and never lead, and learners about to become such; ascending.
    /// </summary>
    public ReadOnlySpan<NodeId> Witnesses => _witnesses;

    /// <summary>The disk identity under which each member was admitted, as far as it is known; ascending by member.</summary>
    public ReadOnlySpan<MemberIncarnation> Incarnations => _incarnations;

    /// <summary>Where each member is reached, as far as it is known; ascending by member.</summary>
    public ReadOnlySpan<MemberAddress> Addresses => _addresses;

    /// <summary>Whether the leader leaves the joint configuration by itself once it is committed.</summary>
    public bool AutoLeave { get; }

    /// <summary>In which form the members write what they replicate, from the entry on that carries this configuration.</summary>
    public LogFormat Format { get; }

    /// <summary>Whether two sets of voters must agree.</summary>
    public bool IsJoint => _votersOutgoing.Length > 0;

    /// <summary>A configuration of voters alone.</summary>
    public static Configuration Of(params ReadOnlySpan<long> voters)
    {
        NodeId[] ids = new NodeId[voters.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = new NodeId(voters[i]);
        return new Configuration(ids);
    }

    /// <summary>Whether a member's vote and acknowledgements count.</summary>
    public bool IsVoter(NodeId node) => Contains(_voters, node) || Contains(_votersOutgoing, node);

    /// <summary>Whether a member receives the log without deciding.</summary>
    public bool IsLearner(NodeId node) => Contains(_learners, node);

    /// <summary>Whether a member is a voter without payloads.</summary>
    public bool IsWitness(NodeId node) => Contains(_witnesses, node);

    /// <summary>The disk identity under which a member was admitted; 0 when none is known.</summary>
    public long IncarnationOf(NodeId node)
    {
        foreach (MemberIncarnation incarnation in _incarnations)
        {
            if (incarnation.Node == node)
                return incarnation.Incarnation;
        }
        return 0;
    }

    /// <summary>Where a member is reached; null when that is not known.</summary>
    public string? AddressOf(NodeId node)
    {
        foreach (MemberAddress address in _addresses)
        {
            if (address.Node == node)
                return address.Address;
        }
        return null;
    }

    /// <summary>Whether a message's sender is the member that was admitted, as far as both are known.</summary>
    public bool Admits(NodeId node, long incarnation)
    {
        long admitted = IncarnationOf(node);
        return admitted == 0 || incarnation == 0 || admitted == incarnation || Mutation.Is(Mutant.CountAmnesiac);
    }

    /// <summary>Whether a member receives the log.</summary>
    public bool IsMember(NodeId node) => IsVoter(node) || IsLearner(node);

    /// <summary>Everybody who receives the log, ascending, each once.</summary>
    public NodeId[] Members()
    {
        SortedSet<NodeId> all = [.. _voters];
        all.UnionWith(_votersOutgoing);
        all.UnionWith(_learners);
        return [.. all];
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not one; nothing was made.</exception>
    public static Configuration Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ConfigurationText.Parse(text);
    }

    /// <summary>The text form.</summary>
    public override string ToString()
    {
        StringBuilder text = new("voters=");
        AppendSet(text, _voters);
        if (IsJoint)
            AppendSet(text.Append("&&"), _votersOutgoing);
        if (_learners.Length > 0)
            AppendSet(text.Append(" learners="), _learners);
        if (_learnersNext.Length > 0)
            AppendSet(text.Append(" learners_next="), _learnersNext);
        if (_joining.Length > 0)
            AppendSet(text.Append(" joining="), _joining);
        if (_witnesses.Length > 0)
            AppendSet(text.Append(" witnesses="), _witnesses);
        if (_incarnations.Length > 0)
            text.Append(" incarnations=(").AppendJoin(' ', _incarnations).Append(')');
        if (_addresses.Length > 0)
            text.Append(" addresses=(").AppendJoin(' ', _addresses).Append(')');
        if (Format != LogFormat.First)
            text.Append(" format=").Append(Format);
        return text.Append(AutoLeave ? " autoleave" : "").ToString();
    }

    /// <summary>Whether all sets are equal.</summary>
    public bool Equals(Configuration? other) =>
        other is not null
        && AutoLeave == other.AutoLeave
        && Format == other.Format
        && Voters.SequenceEqual(other.Voters)
        && VotersOutgoing.SequenceEqual(other.VotersOutgoing)
        && Learners.SequenceEqual(other.Learners)
        && LearnersNext.SequenceEqual(other.LearnersNext)
        && Joining.SequenceEqual(other.Joining)
        && Witnesses.SequenceEqual(other.Witnesses)
        && Incarnations.SequenceEqual(other.Incarnations)
        && Addresses.SequenceEqual(other.Addresses);

    /// <summary>Whether the other object is an equal configuration.</summary>
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <summary>Equal configurations have equal numbers, on every platform.</summary>
    public override int GetHashCode()
    {
        long hash = AutoLeave ? 7 : 3;
        foreach (NodeId[] set in Sets)
        {
            foreach (NodeId node in set)
                hash = unchecked((hash ^ node.Value) * 0x100000001B3);
            hash = unchecked((hash ^ -1) * 0x100000001B3);
        }
        return (int)(hash ^ (hash >> 32));
    }

    private NodeId[][] Sets => [_voters, _votersOutgoing, _learners, _learnersNext, _joining, _witnesses];

    private string? Contradiction() => ContradictionInSets() ?? ContradictionBetweenSets();

    private string? ContradictionInSets()
    {
        foreach (NodeId[] set in Sets)
        {
            if (set.Length > 0 && set[0].Value < 1)
                return "A member's number is at least 1.";
            for (int i = 1; i < set.Length; i++)
            {
                if (set[i] == set[i - 1])
                    return $"Member {set[i]} is named twice in one set.";
            }
        }
        for (int i = 0; i < _incarnations.Length; i++)
        {
            if (!IsMember(_incarnations[i].Node) || (i > 0 && _incarnations[i].Node == _incarnations[i - 1].Node))
                return $"The incarnation of {_incarnations[i].Node} belongs to no member or is given twice.";
        }
        for (int i = 0; i < _addresses.Length; i++)
        {
            if (!IsMember(_addresses[i].Node) || (i > 0 && _addresses[i].Node == _addresses[i - 1].Node))
                return $"The address of {_addresses[i].Node} belongs to no member or is given twice.";
            if (!MemberAddress.IsValid(_addresses[i].Address))
                return $"The address of {_addresses[i].Node} is none.";
        }
        return null;
    }

    private string? ContradictionBetweenSets()
    {
        if (!Format.IsValid)
            return $"{Format} is no format.";
        if (_voters.Length == 0 && (IsJoint || _learners.Length > 0 || AutoLeave))
            return "A group without voters cannot decide anything.";
        foreach (NodeId learner in _learners)
        {
            if (IsVoter(learner))
                return $"Member {learner} is voter and learner at once.";
        }
        foreach (NodeId next in _learnersNext)
        {
            if (!Contains(_votersOutgoing, next) || Contains(_voters, next))
                return $"Member {next} can become a learner only if it is an outgoing voter and not an incoming one.";
        }
        foreach (NodeId joining in _joining)
        {
            if (!Contains(_learners, joining))
                return $"Member {joining} can join only from among the learners.";
        }
        foreach (NodeId witness in _witnesses)
        {
            if (!IsVoter(witness) && !Contains(_joining, witness))
                return $"Member {witness} can be a witness only if it is a voter or about to become one.";
        }
        if (_voters.Length > 0 && _voters.All(voter => Contains(_witnesses, voter)))
            return "A group of witnesses alone keeps no data.";
        return AutoLeave && !IsJoint ? "Only a joint configuration can be left by itself." : null;
    }

    private static NodeId[] Sorted(ReadOnlySpan<NodeId> nodes)
    {
        NodeId[] sorted = nodes.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    private static bool Contains(NodeId[] sorted, NodeId node) => sorted.AsSpan().Contains(node);

    private static void AppendSet(StringBuilder text, NodeId[] set)
    {
        text.Append('(');
        for (int i = 0; i < set.Length; i++)
            text.Append(i == 0 ? "" : " ").Append(set[i].Value.ToString(CultureInfo.InvariantCulture));
        text.Append(')');
    }
}
