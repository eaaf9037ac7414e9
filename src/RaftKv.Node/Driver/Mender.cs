using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>
/// Has a log that is damaged, or a state that is not what the majority holds, mended before the member does anything else: decides when that
/// begins, and what comes in meanwhile is for the <see cref="Mending"/> under way.
/// </summary>
internal sealed class Mender(
    NodeDriverOptions options,
    RaftCore core,
    Surroundings around,
    Membership membership,
    Installation installation,
    Attestation attestation,
    OpenRequests requests,
    Stopping stopping,
    Standing standing)
{
    /// <summary>Whether damage in the log is being mended.</summary>
    public bool IsRepairing => standing.Mending is LogRepair { IsOver: false };

    /// <summary>Whether the machine's state is not what the majority of the members holds; a damaged log is mended first.</summary>
    public bool IsRebuilding => !Mutation.Is(Mutant.AnswersThoughDiverged)
        && (standing.Mending is StateRebuild { IsOver: false } || attestation.Diverged is not null || (options.IsDistrusted && IsRepairing));

    /// <summary>Whether what was to be mended is.</summary>
    public bool IsOver => standing.Mending is { IsOver: true };

    /// <summary>Looks at how the member was found at its start. True when something is to be mended.</summary>
    public bool Begin(Configuration start)
    {
        if (!options.Damage.IsNone)
        {
            standing.Mending = new LogRepair(options, options.Damage, start, around.Log, around.Transport, around.Observer);
            around.Observer.LogDamaged(options.Damage);
        }
        else if (options.IsDistrusted)
        {
            standing.Mending = Rebuild();
        }
        return standing.Mending is not null;
    }

    /// <summary>Takes an input while something is mended.</summary>
    public void Handle(NodeInput input, Mending mending)
    {
        switch (input)
        {
            case MessagesInput arrived:
                foreach (Message message in arrived.Messages)
                    mending.Receive(message);
                break;
            case TickInput:
                mending.Tick();
                break;
            case RepairHeardInput heard:
                mending.Heard(heard.From, heard.Notice);
                break;
            case MembersHeardInput heard:
                mending.Heard(heard.From, heard.Notice);
                break;
            case StopInput:
                stopping.Stop(StopReasons.Stopped());
                break;
            case StateFetchedInput fetched when stopping.StopsUnder(fetched.Description.Configuration):
                break;
            default:
                if (!mending.Handle(input))
                    stopping.Refuse(input, mending.Meanwhile);
                break;
        }
        if (mending.Refusal is { } refusal)
            stopping.Stop(refusal);
    }

    /// <summary>A digest was worked out here, or another member tells one. With a state that differs nothing is answered any more.</summary>
    public void HandleAttestation(NodeInput input)
    {
        bool wasSound = attestation.Diverged is null;
        if (input is AttestedInput own)
            attestation.Take(own, standing.Leader, standing.Tick, around.Log);
        else if (input is AttestationHeardInput heard)
            attestation.Heard(heard.From, heard.Notice, around.Log);
        if (!wasSound || attestation.Diverged is null)
            return;
        // What waits would be answered from what is not to be trusted. A leader goes on leading until another does.
        requests.Proposals.Stop(StopReasons.Rebuilding());
        requests.Reads.Stop(StopReasons.Rebuilding());
        requests.HandOver.Attempt(core);
    }

    /// <summary>Begins to rebuild a state that differs, unless this member leads.</summary>
    public void IsolateIfDiverged()
    {
        if (attestation.Diverged is not { } slice || stopping.Reason is not null || standing.Role == Role.Leader)
            return;
        if (attestation.Rebuilds >= Persistence.NodeState.RebuildsMax)
        {
            around.Log.Distrust();
            string begins = Attestation.Describe(slice);
            stopping.Stop(StopReasons.DivergesAgain(
                options.Self, slice.Position, begins, isUnreadable: slice.Damage is not null, attestation.Rebuilds));
            return;
        }
        stopping.EndRequests(StopReasons.Rebuilding());
        StateRebuild rebuild = Rebuild();
        standing.Mending = rebuild;
        rebuild.Begin();
    }

    private StateRebuild Rebuild() => new(
        options, core, membership, installation.LastFetch, around.Log, around.Machine, around.Transport, around.Observer);
}
