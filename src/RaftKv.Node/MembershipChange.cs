using System.Net;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>
/// What the membership is to be. It is a goal and not a step: where it is reached already there is nothing to do, so asking for it
/// again after an answer that got lost changes nothing.
/// </summary>
public sealed class MembershipChange
{
    // Beside the kinds of the configuration's own changes, which are about one member each.
    private const MemberChangeKind ActivationKind = (MemberChangeKind)6;

    private readonly NodeId _node;
    private readonly NodeId _replaced;
    private readonly MemberChangeKind _kind;
    private readonly string? _address;

    private MembershipChange(MemberChangeKind kind, NodeId node, string? address = null, NodeId replaced = default)
    {
        (_kind, _node, _address, _replaced) = (kind, node, address, replaced);
    }

    /// <summary>A member more. It begins as a learner; the leader makes it a voter once it has caught up.</summary>
    /// <param name="node">Its number; never that of another member that was.</param>
    /// <param name="address">Where the others reach it; an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
    public static MembershipChange Add(NodeId node, EndPoint address) =>
        new(MemberChangeKind.Join, node, MemberEndPoint.Format(address));

    /// <summary>A learner more, which stays one until it is promoted.</summary>
    /// <param name="node">Its number; never that of another member that was.</param>
    /// <param name="address">Where the others reach it; an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
    public static MembershipChange AddLearner(NodeId node, EndPoint address) =>
        new(MemberChangeKind.AddLearner, node, MemberEndPoint.Format(address));

    /// <summary>A witness more: a voter without data that never leads.</summary>
    /// <param name="node">Its number; never that of another member that was.</param>
    /// <param name="address">Where the others reach it; an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
    public static MembershipChange AddWitness(NodeId node, EndPoint address) =>
        new(MemberChangeKind.AddWitness, node, MemberEndPoint.Format(address));

    /// <summary>A member less. It stops by itself when it learns of it.</summary>
    public static MembershipChange Remove(NodeId node) => new(MemberChangeKind.Remove, node);

    /// <summary>A member in the place of another, in one joint step (Raft 6): no moment counts both or neither.</summary>
    /// <remarks>
    /// The new one begins as a learner, so that until it has caught up the others decide without it: right for a member that is lost.
    /// To replace one that still works, add the new one first and replace when it votes.
    /// </remarks>
    /// <param name="replaced">The member that leaves.</param>
    /// <param name="node">The number of the one that comes; never that of another member that was.</param>
    /// <param name="address">Where the others reach it; an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
    public static MembershipChange Replace(NodeId replaced, NodeId node, EndPoint address) =>
        new(MemberChangeKind.Join, node, MemberEndPoint.Format(address), replaced);

    /// <summary>A learner becomes a voter once it has caught up. Reached as soon as that is on record, maybe before it has.</summary>
    public static MembershipChange Promote(NodeId node) => new(MemberChangeKind.Join, node);

    /// <summary>A voter becomes a learner and stays one.</summary>
    public static MembershipChange Demote(NodeId node) => new(MemberChangeKind.AddLearner, node);

    /// <summary>A member is reached elsewhere from now on.</summary>
    /// <param name="node">The member.</param>
    /// <param name="address">Where; an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
    public static MembershipChange Move(NodeId node, EndPoint address) =>
        new(MemberChangeKind.Readdress, node, MemberEndPoint.Format(address));

    /// <summary>
    /// The newest log format that the leader's build speaks is active. Refused while a member is away, or does not speak it: a build that
    /// does not could take part no longer.
    /// </summary>
    public static MembershipChange ActivateFormat() => new(ActivationKind, NodeId.None);

    internal bool IsActivation => _kind == ActivationKind;

    internal NodeId Node => _node;

    internal NodeId Replaced => _replaced;

    internal MemberChangeKind Kind => _kind;

    internal string? Address => _address;

    /// <summary>What came from another member; null when it is no change that can be asked for.</summary>
    internal static MembershipChange? Read(byte kind, NodeId node, string? address, NodeId replaced)
    {
        MemberChangeKind asked = (MemberChangeKind)kind;
        if (asked == ActivationKind)
            return node == NodeId.None && replaced == NodeId.None && address is null ? ActivateFormat() : null;
        bool fits = asked switch
        {
            MemberChangeKind.AddLearner or MemberChangeKind.Join => true,
            MemberChangeKind.AddWitness or MemberChangeKind.Readdress => address is not null,
            MemberChangeKind.Remove => address is null,
            _ => false,
        };
        bool replaces = replaced != NodeId.None;
        if (!fits || node.Value < 1 || replaced.Value < 0 || (replaces && (asked != MemberChangeKind.Join || address is null)))
            return null;
        return address is null || MemberAddress.IsValid(address) ? new MembershipChange(asked, node, address, replaced) : null;
    }

    /// <summary>Whether it makes a member of a node, and nothing else.</summary>
    internal bool IsAdditionOf(NodeId node) => _node == node && _replaced == NodeId.None && _address is not null
        && _kind is MemberChangeKind.Join or MemberChangeKind.AddLearner or MemberChangeKind.AddWitness;

    /// <summary>What it is, for the log.</summary>
    public override string ToString()
    {
        if (IsActivation)
            return "ActivateFormat";
        string place = _address is null ? "" : $" at {_address}";
        return _replaced == NodeId.None ? $"{_kind} {_node}{place}" : $"{_kind} {_node}{place} in the place of {_replaced}";
    }

    /// <param name="current">The configuration.</param>
    /// <param name="newest">The newest log format that this build speaks.</param>
    internal bool IsReached(Configuration current, LogFormat newest)
    {
        if (IsActivation)
            return !current.IsJoint && current.Format.IsAtLeast(newest);
        if (current.IsJoint || (_replaced != NodeId.None && current.IsMember(_replaced)))
            return false;
        if (_address is not null && current.AddressOf(_node) != _address)
            return false;
        return _kind switch
        {
            MemberChangeKind.Remove => !current.IsMember(_node),
            MemberChangeKind.Join => current.IsVoter(_node) || current.Joining.Contains(_node),
            MemberChangeKind.AddLearner => current.IsLearner(_node) && (_address is not null || !current.Joining.Contains(_node)),
            MemberChangeKind.AddWitness => current.IsWitness(_node),
            _ => current.IsMember(_node),
        };
    }

    /// <summary>Why it makes no sense as things are, in words; null when it does.</summary>
    internal string? Contradiction(Configuration current)
    {
        bool isAddition = _address is not null && _kind != MemberChangeKind.Readdress;
        if (!isAddition)
            return _kind == MemberChangeKind.Remove || current.IsMember(_node) ? null : $"There is no member {_node}.";
        if (_node.Value < 1)
            return "A member's number is 1 or more.";
        if (_replaced == _node)
            return $"Member {_node} cannot take its own place.";
        if (_replaced != NodeId.None && !current.IsMember(_replaced) && !current.IsMember(_node))
            return $"There is no member {_replaced} to be replaced.";
        if (current.AddressOf(_node) is { } known && known != _address)
            return $"Member {_node} is there at {known}; move it, or give the new member another number.";
        foreach (NodeId member in current.Members())
        {
            if (member != _node && current.AddressOf(member) == _address)
                return $"At {_address} there is member {member}.";
            if (current.AddressOf(member) is null)
                return $"No address is on record for member {member}, so a new one could not reach it; move it to its address first.";
        }
        return null;
    }

    internal MemberChange[] Steps()
    {
        MemberChange step = new(_kind, _node, _address);
        return _replaced == NodeId.None ? [step] : [step, new MemberChange(MemberChangeKind.Remove, _replaced)];
    }

    internal ChangeMode Mode => _replaced == NodeId.None ? ChangeMode.Automatic : ChangeMode.Joint;
}
