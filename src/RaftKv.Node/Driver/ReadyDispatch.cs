using RaftKv.Raft;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Driver;

/// <summary>Hands the work of a <see cref="Ready"/> to the log, the transport and the machine, and its answers to whoever asked.</summary>
internal sealed class ReadyDispatch(
    Surroundings around,
    RaftCore core,
    OpenRequests requests,
    LogRetention retention,
    Installation installation,
    EventFollower events,
    TakenReadys? readys,
    Stopping stopping,
    Standing standing)
{
    public void Dispatch(Ready ready)
    {
        if (StopsUnder(ready))
            return;
        // The leader's appends leave beside its own write (thesis 10.2.1); promises travel with the write.
        foreach (Message message in ready.SendNow.Span)
            around.Transport.Send(message);
        bool isForLog = ready.Persist is not null || ready.SendAfterPersist.Length > 0;
        if (isForLog)
            around.Log.Persist(ready);
        if (ready.Apply.Length > 0)
        {
            retention.Applying(ready.Apply.Span);
            around.Machine.Apply(ready.Apply);
        }
        foreach (LogRange range in ready.ReadLog.Span)
            around.Log.Read(range);
        foreach (ProposalResult answer in ready.Proposals.Span)
            requests.Proposals.Answered(answer, core);
        foreach (ReadResult answer in ready.Reads.Span)
            requests.Reads.Answered(answer, standing.Applied);
        foreach (RaftEvent happening in ready.Events.Span)
            events.Follow(happening);
        foreach (SnapshotOrder order in ready.Snapshots.Span)
            installation.Order(order);
        readys?.Add(ready, isForLog);
    }

    // Looked at before anything is written: an entry that this build cannot follow is not acknowledged by it either.
    private bool StopsUnder(Ready ready)
    {
        foreach (RaftEvent happening in ready.Events.Span)
        {
            if (happening is ConfigurationChanged changed && stopping.StopsUnder(changed.Configuration))
                return true;
        }
        foreach (SnapshotOrder order in ready.Snapshots.Span)
        {
            if (stopping.StopsUnder(order.Configuration))
                return true;
        }
        return false;
    }
}
