using System.Net;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Workers;

/// <summary>Takes changes of membership to whoever leads: to the own driver while that leads, else to the leader's.</summary>
internal sealed class MembershipRoute(GroupParts group, RaftNodeOptions options)
{
    /// <summary>Completes when the change is committed.</summary>
    /// <exception cref="RaftKvException">It is not, or not known to be; the outcome says which.</exception>
    public async Task ChangeAsync(MembershipChange change, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(options.RequestTimeout, options.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Backoff pause = new((ulong)HostParts.RandomNumber());
        while (true)
        {
            RaftKvException? failure = await TryAsync(change, either.Token).ConfigureAwait(false);
            if (failure is null)
                return;
            cancellationToken.ThrowIfCancellationRequested();
            if (failure.Error != RaftKvError.NotLeader || deadline.IsCancellationRequested || group.Host.Transport is not TcpTransport)
                throw failure;
            await Pause.ForAsync(pause.Next(), options.TimeProvider, either.Token).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (deadline.IsCancellationRequested)
                throw failure;
        }
    }

    // Null when it is done. That nobody who leads was found is the one failure that another attempt may mend.
    private async Task<RaftKvException?> TryAsync(MembershipChange change, CancellationToken token)
    {
        try
        {
            await group.ChangeAsync(change).WaitAsync(token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            return Failure(RaftKvError.Timeout, "The membership was not changed before the deadline.", WriteOutcome.Unknown, null);
        }
        catch (RaftKvException e)
        {
            return e.Error == RaftKvError.NotLeader && e.LeaderHint is { } leader && AddressOf(leader) is { } address
                && group.Host.Transport is TcpTransport transport
                    ? await AskAsync(transport, leader, address, change, token).ConfigureAwait(false)
                    : e;
        }
    }

    private async Task<RaftKvException?> AskAsync(
        TcpTransport transport, NodeId leader, EndPoint address, MembershipChange change, CancellationToken token)
    {
        MembershipReply reply =
            await transport.AskMembershipAsync(leader, address, new MembershipRequest(group.Id, change), token).ConfigureAwait(false);
        if (reply.Answer is not { } answer)
        {
            string words = reply.WasSent ? "was asked, but there is no answer" : "leads and cannot be asked";
            string message = $"Member {leader} {words}: {reply.Reason}.";
            return reply.WasSent
                ? Failure(RaftKvError.Timeout, message, WriteOutcome.Unknown, leader)
                : Failure(RaftKvError.NotLeader, message, WriteOutcome.NotApplied, leader);
        }
        NodeId? leads = answer.Leader == NodeId.None ? null : answer.Leader;
        return answer.Verdict switch
        {
            MembershipVerdict.Done => null,
            MembershipVerdict.NotLeader => Failure(RaftKvError.NotLeader, answer.Reason, WriteOutcome.NotApplied, leads),
            MembershipVerdict.Refused => Failure(RaftKvError.MembershipRefused, answer.Reason, WriteOutcome.NotApplied, leads),
            MembershipVerdict.NotDone => Failure(RaftKvError.Timeout, answer.Reason, WriteOutcome.NotApplied, leads),
            _ => Failure(RaftKvError.Timeout, answer.Reason, WriteOutcome.Unknown, leads),
        };
    }

    private EndPoint? AddressOf(NodeId leader) =>
        MemberEndPoint.TryParse(group.Board.Status.Raft.Configuration.AddressOf(leader) ?? "", out EndPoint? address)
            ? address
            : options.Members.GetValueOrDefault(leader);

    private static RaftKvException Failure(RaftKvError error, string message, WriteOutcome outcome, NodeId? leader) =>
        new(message, outcome, leader) { Error = error };
}
