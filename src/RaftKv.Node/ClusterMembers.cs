using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>
/// Who belongs to the cluster, and changing that while it runs. All members may be called from any thread; the changes are taken by
/// the leader alone.
/// </summary>
/// <remarks>
/// Another member refuses a change and names the leader: whether a change was appended is known only where it was appended, and no
/// message carries that answer back. A change is done when it is committed. Asking for one that is done already succeeds at once, so
/// a call whose end is unknown can be repeated.
/// <para>
/// What the changes throw: <see cref="RaftKvException"/> with <see cref="RaftKvError.NotLeader"/> and the leader's number, with
/// <see cref="RaftKvError.MembershipRefused"/> when it cannot be done, with <see cref="RaftKvError.Timeout"/> when it was not done
/// before the deadline; its outcome says whether it may still be. A change waits for the one before it.
/// </para>
/// </remarks>
public sealed class ClusterMembers
{
    private readonly Func<RaftStatus> _status;
    private readonly Action<RequestInput> _post;

    /// <summary>For nodes that run elsewhere than in a <see cref="RaftNode"/>, as in simulations.</summary>
    /// <param name="status">Tells the protocol's state.</param>
    /// <param name="post">Takes requests to the driver.</param>
    public ClusterMembers(Func<RaftStatus> status, Action<RequestInput> post) => (_status, _post) = (status, post);

    /// <summary>The members, ascending by number, as this node knows them, at most a tick old. Progress is known to the leader.</summary>
    public IReadOnlyList<ClusterMember> List()
    {
        RaftStatus status = _status();
        return [.. status.Configuration.Members().Select(member => Describe(member, status))];
    }

    /// <summary>
    /// Adds a member; see <see cref="MembershipChange.Add"/>. Its node is started with <see cref="RaftNodeOptions.JoinsExisting"/>.
    /// </summary>
    public Task AddAsync(NodeId node, EndPoint address, CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.Add(node, address), cancellationToken);

    /// <summary>Removes a member, which stops by itself when it learns of it.</summary>
    public Task RemoveAsync(NodeId node, CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.Remove(node), cancellationToken);

    /// <summary>Puts a member in the place of another; see <see cref="MembershipChange.Replace"/>.</summary>
    public Task ReplaceAsync(NodeId replaced, NodeId node, EndPoint address, CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.Replace(replaced, node, address), cancellationToken);

    /// <summary>Makes what a <see cref="MembershipChange"/> says so; completes when it is committed.</summary>
    public Task ChangeAsync(MembershipChange change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled(cancellationToken);
        MembershipTask wish = new(change);
        _post(wish);
        return wish.Task.WaitAsync(cancellationToken);
    }

    private static ClusterMember Describe(NodeId member, RaftStatus status)
    {
        Configuration configuration = status.Configuration;
        PeerStatus? peer = null;
        foreach (PeerStatus candidate in status.Peers)
            peer = candidate.Peer == member ? candidate : peer;
        bool isSelfLeading = status.Role == Role.Leader && member == status.Self;
        LogIndex? match = isSelfLeading ? status.Durable : peer?.Match;
        return new ClusterMember
        {
            NodeId = member,
            Kind = KindOf(member, configuration),
            Address = MemberEndPoint.TryParse(configuration.AddressOf(member) ?? "", out EndPoint? address) ? address : null,
            IsLeader = member == status.Leader,
            IsActive = isSelfLeading ? true : peer?.Active,
            Match = match,
            Lag = match is { } held ? Math.Max(0, status.Last.Index.Value - held.Value) : null,
        };
    }

    private static MemberKind KindOf(NodeId member, Configuration configuration)
    {
        if (configuration.IsWitness(member))
            return MemberKind.Witness;
        if (configuration.IsVoter(member))
            return MemberKind.Voter;
        return configuration.Joining.Contains(member) ? MemberKind.Joining : MemberKind.Learner;
    }
}
