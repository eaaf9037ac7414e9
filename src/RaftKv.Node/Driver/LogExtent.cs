using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>
/// What follows from where the log begins and how far the machine has come: entries that nobody needs again are given up, state takes the
/// place of both, and states that are sent to others hold the log back.
/// </summary>
internal sealed class LogExtent(
    NodeDriverOptions options,
    RaftCore core,
    Surroundings around,
    LogRetention retention,
    Installation installation,
    Attestation attestation,
    OpenRequests requests,
    Stopping stopping,
    Standing standing)
{
    private readonly AppliedAnnouncement _announcement = new(around.Transport, options.Group);

    public void Tick()
    {
        _announcement.Tick(standing.Tick, retention.Durable(standing.Applied));
        if (retention.Next(standing.Applied, standing.Tick) is { } through)
            around.Log.Release(through);
    }

    public void Handle(NodeInput input)
    {
        switch (input)
        {
            case AppliedInput applied:
                HandleApplied(applied);
                break;
            case CheckpointedInput checkpointed:
                retention.Checkpointed(checkpointed.Durable.Index);
                break;
            case PeerAppliedInput peer:
                retention.PeerApplied(peer.Peer, peer.Applied);
                break;
            case ReleasedInput released:
                core.Compacted(released.Base);
                retention.Released(released.Base.Index);
                break;
            case StateFetchedInput fetched when stopping.StopsUnder(fetched.Description.Configuration):
                break;
            case StateInput state:
                installation.Handle(state);
                break;
            case InstallBegunInput:
                installation.Begun();
                break;
            case MachineInstalledInput installed:
                retention.Checkpointed(installed.Durable.Index);
                installation.MachineHasIt();
                break;
            case InstallEndedInput:
                HandleInstalled();
                break;
            case StateOpenedInput opened:
                HandleOpened(opened);
                break;
            // Noted for the next start: the machine has failed, and word of that follows.
            case StateDistrustedInput:
                break;
            case StateClosedInput closed:
                retention.Sent(closed.Position.Index, standing.Tick);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void HandleApplied(AppliedInput applied)
    {
        Invariant.Check(applied.Through.Index > standing.Applied);
        standing.Applied = applied.Through.Index;
        core.Applied(standing.Applied);
        requests.Proposals.Applied(applied);
        requests.Reads.Applied(standing.Applied);
    }

    // What this member proposed may be within the state, answered by nobody.
    private void HandleInstalled()
    {
        LogPosition installed = installation.End();
        standing.Applied = installed.Index;
        retention.Installed(standing.Applied);
        attestation.Replaced();
        requests.Proposals.Superseded(standing.Leader);
        requests.Reads.Applied(standing.Applied);
    }

    private void HandleOpened(StateOpenedInput opened)
    {
        RaftStatus status = core.Status;
        if (opened.Position.Index < status.Base.Index)
        {
            opened.Refuse();
            return;
        }
        retention.Sending(opened.Position.Index);
        opened.Admit(core.ConfigurationAt(opened.Position.Index));
    }
}
