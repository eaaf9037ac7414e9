using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>What was asked of this member and has not ended.</summary>
internal sealed class OpenRequests(NodeDriverOptions options, RaftCore core, Membership membership, Standing standing)
{
    public PendingProposals Proposals { get; } = new(options);

    public PendingReads Reads { get; } = new(options);

    public HandOver HandOver { get; } = new(options);

    /// <summary>How many have not ended.</summary>
    public int Count => Proposals.Count + Reads.Count + HandOver.Count + membership.Count;

    /// <summary>
    /// Whether the core is to be asked again in the same pump: a leader became known while work was handed on, or takes work again, and what
    /// waited for that goes to it.
    /// </summary>
    public bool MustAskAgain { get; set; }

    public void Add(RequestInput request)
    {
        switch (request)
        {
            case ProposalInput proposal:
                Proposals.Add(proposal, standing.Tick);
                break;
            case ReadInput read:
                Reads.Add(read, standing.Tick);
                break;
            case TransferInput transfer:
                HandOver.Add(transfer, standing.Tick, core);
                break;
            case MembershipInput wish:
                membership.Add(wish, standing.Tick, core);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Asks the core for everything that waits to be asked.</summary>
    public void Ask()
    {
        MustAskAgain = false;
        Proposals.Flush(core);
        Reads.Flush(core);
    }

    /// <summary>A leader may be known now, so what waits for one is worth another try.</summary>
    public void TryAgain()
    {
        Proposals.TryAgain();
        Reads.TryAgain();
        MustAskAgain = true;
    }

    /// <summary>Ends what has waited too long for the log.</summary>
    public void Expire()
    {
        Proposals.Expire(standing.Tick, standing.Leader);
        Reads.Expire(standing.Tick, standing.Leader);
    }

    /// <summary>Ends everything.</summary>
    public void Stop(RaftKvException reason)
    {
        Proposals.Stop(reason);
        Reads.Stop(reason);
        HandOver.Stop(reason);
        membership.Stop(reason);
    }
}
