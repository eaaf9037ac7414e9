using System.Net;
using RaftKv.Node.Driver;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>
/// Who belongs to the cluster, and changing that while it runs. All members may be called from any thread. The leader alone takes
/// changes; every other member asks it.
/// </summary>
/// <remarks>
/// A change is done when it is committed. Asking for one that is done already succeeds at once, so a call whose end is unknown can be
/// repeated. A member that asked the leader may itself learn of the change a moment later.
/// <para>
/// What the changes throw, after <see cref="RaftNodeOptions.RequestTimeout"/> at the latest: <see cref="RaftKvException"/> with
/// <see cref="RaftKvError.NotLeader"/> when nobody who leads could be asked, with
/// <see cref="RaftKvError.MembershipRefused"/> when it cannot be done, with <see cref="RaftKvError.Timeout"/> when it was not done
/// before the deadline; its outcome says whether it may still be. A change waits for the one before it.
/// </para>
/// </remarks>
public sealed class ClusterMembers
{
    private readonly Func<RaftStatus> _status;
    private readonly Func<MembershipChange, CancellationToken, Task> _change;

    /// <summary>
    /// For nodes that run elsewhere than in a <see cref="RaftNode"/>, as in simulations. There a member that does not lead refuses
    /// changes and names the leader.
    /// </summary>
    /// <param name="status">Tells the protocol's state.</param>
    /// <param name="post">Takes requests to the driver.</param>
    public ClusterMembers(Func<RaftStatus> status, Action<RequestInput> post)
        : this(status, (change, cancellationToken) =>
        {
            MembershipTask wish = new(change);
            post(wish);
            return wish.Task.WaitAsync(cancellationToken);
        })
    {
    }

    /// <param name="status">Tells the protocol's state.</param>
    /// <param name="change">Carries a change out.</param>
    internal ClusterMembers(Func<RaftStatus> status, Func<MembershipChange, CancellationToken, Task> change) =>
        (_status, _change) = (status, change);

    /// <summary>The members, ascending by number, as this node knows them, at most a tick old. Progress is known to the leader.</summary>
    public IReadOnlyList<ClusterMember> List()
    {
        RaftStatus status = _status();
        return [.. status.Configuration.Members().Select(member => Describe(member, status))];
    }

    /// <summary>
    /// Adds a member; see <see cref="MembershipChange.Add"/>. Its node is started with <see cref="RaftNodeOptions.JoinsExisting"/>;
    /// one that is started with <see cref="RaftNodeOptions.JoinThrough"/> asks for it by itself.
    /// </summary>
    public Task AddAsync(NodeId node, EndPoint address, CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.Add(node, address), cancellationToken);

    /// <summary>Removes a member, which stops by itself when it learns of it.</summary>
    public Task RemoveAsync(NodeId node, CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.Remove(node), cancellationToken);

    /// <summary>Puts a member in the place of another; see <see cref="MembershipChange.Replace"/>.</summary>
    public Task ReplaceAsync(NodeId replaced, NodeId node, EndPoint address, CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.Replace(replaced, node, address), cancellationToken);

    /// <summary>
    /// Activates the newest log format that the leader's build speaks; for clusters whose members do not do so by themselves
    /// (<see cref="RaftNodeOptions.ActivatesFormats"/>). It is refused while a member is away, or its build does not speak that format, and
    /// names that member.
    /// </summary>
    public Task ActivateFormatAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(MembershipChange.ActivateFormat(), cancellationToken);

    /// <summary>Makes what a <see cref="MembershipChange"/> says so; completes when it is committed.</summary>
    public Task ChangeAsync(MembershipChange change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : _change(change, cancellationToken);
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
            Formats = member == status.Self ? status.Formats : peer?.Formats,
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
