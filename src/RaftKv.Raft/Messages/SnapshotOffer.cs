using RaftKv.Raft.Membership;

namespace RaftKv.Raft.Messages;

/// <summary>The leader's log begins after what the addressee holds: it must take the leader's state first (Raft 7).</summary>
public sealed class SnapshotOffer() : Message(MessageKind.SnapshotOffer)
{
    /// <summary>The position before the leader's first entry.</summary>
    public required LogPosition AtLeast { get; init; }

    /// <summary>The configuration as of that position.</summary>
    public required Configuration Configuration { get; init; }
}
