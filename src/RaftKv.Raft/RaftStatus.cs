using RaftKv.Raft.Membership;

namespace RaftKv.Raft;

/// <summary>A member's state at one moment.</summary>
public sealed class RaftStatus
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>What it is doing.</summary>
    public required Role Role { get; init; }

    /// <summary>Its term.</summary>
    public required Term Term { get; init; }

    /// <summary>Whom it voted for in this term, or nobody.</summary>
    public required NodeId VotedFor { get; init; }

    /// <summary>The leader it knows, or nobody.</summary>
    public required NodeId Leader { get; init; }

    /// <summary>The last entry known to be committed.</summary>
    public required LogIndex Commit { get; init; }

    /// <summary>The last entry reported applied.</summary>
    public required LogIndex Applied { get; init; }

    /// <summary>The last entry of its log.</summary>
    public required LogPosition Last { get; init; }

    /// <summary>The last entry of its log that is durable.</summary>
    public required LogIndex Durable { get; init; }

    /// <summary>The position before the first entry of its log.</summary>
    public required LogPosition Base { get; init; }

    /// <summary>The configuration in effect.</summary>
    public required Configuration Configuration { get; init; }

    /// <summary>The entry that carries it: it is committed once <see cref="Commit"/> reaches this.</summary>
    public required LogIndex ConfigurationIndex { get; init; }

    /// <summary>The formats that this member's build speaks.</summary>
    public required LogFormatRange Formats { get; init; }

    /// <summary>A leader's view of each other member, ascending by member; empty elsewhere.</summary>
    public required IReadOnlyList<PeerStatus> Peers { get; init; }

    /// <summary>Entry bytes in a leader's log that are not committed.</summary>
    public required long UncommittedBytes { get; init; }

    /// <summary>Messages refused since the start.</summary>
    public required long RefusedMessages { get; init; }

    /// <summary>Whether it rests with its idle group: no heartbeats and no elections until something happens.</summary>
    public required bool IsQuiesced { get; init; }

    /// <summary>The broken invariant, or null while the core works.</summary>
    public required string? Fault { get; init; }
}
