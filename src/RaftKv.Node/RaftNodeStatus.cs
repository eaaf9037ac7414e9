using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>
/// A node's state at one moment, at most a tick ago; a change of role or leader shows at once. While nothing else changes, what a
/// leader knows of its peers may be seven ticks old.
/// </summary>
public sealed class RaftNodeStatus
{
    /// <summary>This member.</summary>
    public required NodeId NodeId { get; init; }

    /// <summary>The protocol's state: role, term, leader, indexes, and on a leader the progress of each peer.</summary>
    public required RaftStatus Raft { get; init; }

    /// <summary>The last entry the machine has applied.</summary>
    public required LogIndex Applied { get; init; }

    /// <summary>
    /// The log format that is active: the members of the group write in it, and it never goes down. <see cref="LogFormat.Machine"/> is the
    /// newest form in which a command may be proposed now (<see cref="RaftNodeOptions.FormatMax"/>).
    /// </summary>
    /// <value>Default 1.1.</value>
    public LogFormat ActiveFormat { get; init; } = LogFormat.First;

    /// <summary>Proposals of this node that have not ended.</summary>
    public required int PendingProposals { get; init; }

    /// <summary>Reads of this node that have not ended.</summary>
    public required int PendingReads { get; init; }

    /// <summary>
    /// Whether damage in the log is being mended with the help of the other members. Meanwhile the member is silent, and
    /// <see cref="Raft"/> shows no more than where its machine is.
    /// </summary>
    public bool IsRepairing { get; init; }

    /// <summary>
    /// Whether the machine's state was found to differ from that of the majority: the member takes no requests, hands leadership over if it
    /// leads, and is rebuilt from another member's state, silent meanwhile.
    /// </summary>
    public bool IsRebuilding { get; init; }

    /// <summary>
    /// On a leader, whether members' states were found to differ while none of them is a majority's: nobody knows who is right, so nothing is
    /// rebuilt. The log says who holds what (event 52).
    /// </summary>
    public bool IsStateDisputed { get; init; }

    /// <summary>Why the node stopped; null while it works.</summary>
    public required RaftKvException? StopReason { get; init; }
}
