using System.Net;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>
/// Asks to be added to a cluster that exists, of which one member is known, until it is so: that member names the leader, and the leader
/// adds this node as it adds any other. Asking again for what is done changes nothing, so the next start mends a crash at any moment.
/// </summary>
internal sealed class Joining(GroupParts group, RaftNodeOptions options, EndPoint own)
{
    private readonly Backoff _pause = new((ulong)HostParts.RandomNumber());
    private readonly MembershipRequest _request = new(group.Id, MembershipChange.Add(options.NodeId, own));
    private NodeId _leader;
    private EndPoint _address = options.JoinThrough!;
    private string _told = "";

    /// <summary>Completes when this node belongs to the cluster, or is cancelled; never throws.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && !group.Board.Status.Raft.Configuration.IsMember(options.NodeId))
        {
            MembershipReply reply = await AskAsync(stopping).ConfigureAwait(false);
            if (reply.Answer?.Verdict == MembershipVerdict.Done)
            {
                NodeLog.JoinDone(group.Host.Logger, options.NodeId, group.Id, _address);
                return;
            }
            if (stopping.IsCancellationRequested)
                return;
            if (!IsSentOn(reply.Answer))
            {
                Tell(reply.Answer?.Reason ?? reply.Reason);
                (_leader, _address) = (NodeId.None, options.JoinThrough!);
                await Pause.ForAsync(_pause.Next(), options.TimeProvider, stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task<MembershipReply> AskAsync(CancellationToken stopping)
    {
        // The leader answers within a request's time of its own, which may be longer than this node's.
        using CancellationTokenSource patience = new(2 * options.RequestTimeout, options.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        TcpTransport transport = (TcpTransport)group.Host.Transport;
        return await transport.AskMembershipAsync(_leader, _address, _request, either.Token).ConfigureAwait(false);
    }

    // Only one step from the member that is known: whoever leads no longer is not believed about who does.
    private bool IsSentOn(MembershipAnswer? answer)
    {
        if (_leader != NodeId.None || answer is not { Verdict: MembershipVerdict.NotLeader } || answer.Leader == NodeId.None
            || !MemberEndPoint.TryParse(answer.LeaderAddress, out EndPoint? address))
        {
            return false;
        }
        (_leader, _address) = (answer.Leader, address);
        return true;
    }

    private void Tell(string reason)
    {
        if (reason == _told)
            return;
        _told = reason;
        NodeLog.JoinRefused(group.Host.Logger, options.NodeId, group.Id, _address, reason);
    }
}
