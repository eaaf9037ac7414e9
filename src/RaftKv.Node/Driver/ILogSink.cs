using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Driver;

/// <summary>Takes the driver's work for the log. None of the calls waits; each answer comes back as an input.</summary>
public interface ILogSink
{
    /// <summary>
    /// Makes a Ready's batch durable, then sends its <see cref="Ready.SendAfterPersist"/>, then answers with
    /// <see cref="PersistedInput"/>. Readys are taken in the order of their numbers; one answer may cover several. Nothing of a Ready is
    /// used any more once it was answered.
    /// </summary>
    /// <remarks>What waits is bounded by the core: by its uncommitted bytes on a leader, by the leader's window on a follower.</remarks>
    void Persist(Ready ready);

    /// <summary>Reads entries back and answers with <see cref="LogReadInput"/>.</summary>
    void Read(LogRange range);

    /// <summary>
    /// Notes that state is about to take the place of the machine's, after all that was given before, and answers with
    /// <see cref="InstallBegunInput"/>. Nothing else is given until <see cref="EndInstall"/> was answered.
    /// </summary>
    void BeginInstall(LogPosition position, Configuration configuration);

    /// <summary>The machine has the state: the log begins after it. Answers with <see cref="InstallEndedInput"/>.</summary>
    void EndInstall();

    /// <summary>Gives up the log's beginning through an entry, and answers with <see cref="ReleasedInput"/>. One at a time.</summary>
    void Release(LogIndex through);

    /// <summary>
    /// Notes that the log holds less than it once did, so that the next start asks for another admission. There is no answer, for the
    /// member stops.
    /// </summary>
    void Doubt();

    /// <summary>
    /// Notes that the machine's state is not to be trusted, until <see cref="EndInstall"/>, after all that was given before, and answers
    /// with <see cref="StateDistrustedInput"/>.
    /// </summary>
    void Distrust();

    /// <summary>Forgets that the machine's state was ever rebuilt, for all of it was found sound since. There is no answer.</summary>
    void Trust();

    /// <summary>Answers another member's question from the log, after all that was given before, through the transport.</summary>
    /// <param name="to">Who asked.</param>
    /// <param name="ask">What it lacks.</param>
    void Serve(NodeId to, RepairAsk ask);

    /// <summary>Puts back entries that damage took, and answers with <see cref="RepairDoneInput"/>.</summary>
    void Mend(ReadOnlyMemory<Entry> entries);

    /// <summary>Gives up the log through the machine's state if that makes it whole; answers with <see cref="RepairDoneInput"/> either way.</summary>
    /// <param name="machine">The last command the machine holds durably.</param>
    void ReleaseDamage(LogPosition machine);

    /// <summary>Gives the log up and begins anew under another disk identity; answers with <see cref="RepairDoneInput"/>.</summary>
    /// <param name="machine">The last command the machine holds durably, from which the log then goes on.</param>
    void BeginAnew(LogPosition machine);
}
