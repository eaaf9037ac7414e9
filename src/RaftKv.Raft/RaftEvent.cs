using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft;

/// <summary>Something an observer may want to know.</summary>
public abstract class RaftEvent
{
    private protected RaftEvent()
    {
    }

    /// <summary>The member's term when it happened.</summary>
    public required Term Term { get; init; }
}

/// <summary>The member changed its role.</summary>
public sealed class RoleChanged : RaftEvent
{
    /// <summary>What it was.</summary>
    public required Role Previous { get; init; }

    /// <summary>What it is.</summary>
    public required Role Current { get; init; }
}

/// <summary>The member learned of another leader, or lost the one it knew.</summary>
public sealed class LeaderChanged : RaftEvent
{
    /// <summary>The leader, or nobody.</summary>
    public required NodeId Leader { get; init; }
}

/// <summary>Another configuration is in effect.</summary>
public sealed class ConfigurationChanged : RaftEvent
{
    /// <summary>The entry that carries it.</summary>
    public required LogIndex Index { get; init; }

    /// <summary>The configuration.</summary>
    public required Configuration Configuration { get; init; }
}

/// <summary>A hand-over of leadership ended without one: the leader goes on.</summary>
public sealed class TransferAborted : RaftEvent
{
    /// <summary>Who should have led.</summary>
    public required NodeId Target { get; init; }
}

/// <summary>A leader's disk has finished nothing for an election timeout while writes wait: it hands over and steps down.</summary>
public sealed class DiskStuck : RaftEvent;

/// <summary>A member was recognized as one that lost its disk: it does not count until it is admitted again.</summary>
public sealed class AmnesiaFound : RaftEvent
{
    /// <summary>The member.</summary>
    public required NodeId Node { get; init; }
}

/// <summary>The member came to rest with its idle group, or is awake again.</summary>
public sealed class QuiesceChanged : RaftEvent
{
    /// <summary>Whether it rests now.</summary>
    public required bool IsQuiesced { get; init; }
}

/// <summary>A message was refused; the member's state did not change.</summary>
public sealed class MessageRefused : RaftEvent
{
    /// <summary>Why.</summary>
    public required ReceiveStatus Status { get; init; }

    /// <summary>Who sent it, by its own word.</summary>
    public required NodeId From { get; init; }

    /// <summary>What kind of message it was.</summary>
    public required MessageKind Kind { get; init; }
}

/// <summary>An invariant is broken. The core stands still from here on; the process lives.</summary>
public sealed class CoreFaulted : RaftEvent
{
    /// <summary>The condition that did not hold, with the state around it.</summary>
    public required string Reason { get; init; }
}
