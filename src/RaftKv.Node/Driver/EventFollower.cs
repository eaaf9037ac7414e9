using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>Has the parts of a driver follow what happened in the core.</summary>
internal sealed class EventFollower(
    NodeDriverOptions options,
    Surroundings around,
    OpenRequests requests,
    Membership membership,
    FormatGate formats,
    LogRetention retention,
    Attestation attestation,
    Stopping stopping,
    Standing standing)
{
    public void Follow(RaftEvent happening)
    {
        switch (happening)
        {
            case LeaderChanged changed:
                standing.Leader = changed.Leader;
                requests.HandOver.LeaderChanged(changed.Leader);
                requests.TryAgain();
                break;
            case ConfigurationChanged changed:
                membership.Changed(changed);
                formats.Changed(changed);
                retention.Follow(changed.Configuration);
                attestation.Follow(changed.Configuration);
                options.MembersChanged?.Invoke(changed.Configuration);
                break;
            case TransferAborted:
                requests.HandOver.Aborted();
                requests.TryAgain();
                break;
            case RoleChanged changed:
                standing.Role = changed.Current;
                break;
            case QuiesceChanged changed:
                standing.IsResting = changed.IsQuiesced;
                break;
            case MessageRefused { Status: ReceiveStatus.IndexPastEnd, Kind: MessageKind.Heartbeat }
                when membership.IsOnRecord(options.Incarnation) && !Mutation.Is(Mutant.OlderCopyIgnored):
                around.Log.Doubt();
                stopping.Stop(StopReasons.OlderCopy(options.Self));
                break;
            case CoreFaulted faulted:
                stopping.Stop(new RaftKvException($"The protocol core stopped: {faulted.Reason}", WriteOutcome.NotApplied)
                {
                    Error = RaftKvError.Faulted,
                });
                break;
            default:
                break;
        }
        around.Observer.Happened(happening);
    }
}
