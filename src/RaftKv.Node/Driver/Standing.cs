using RaftKv.Raft;

namespace RaftKv.Node.Driver;

/// <summary>Where a member stands, as of the work that was last handed on: what the parts of its driver share.</summary>
internal sealed class Standing(RaftStatus start)
{
    /// <summary>Ticks since the start.</summary>
    public long Tick { get; set; }

    /// <summary>The leader known here, or nobody.</summary>
    public NodeId Leader { get; set; } = start.Leader;

    /// <summary>What this member is doing.</summary>
    public Role Role { get; set; }

    /// <summary>The last entry the machine has applied.</summary>
    public LogIndex Applied { get; set; } = start.Applied;

    /// <summary>Whether the group rests (<see cref="RaftStatus.IsQuiesced"/>).</summary>
    public bool IsResting { get; set; }

    /// <summary>What must be mended before anything else is done; null while nothing must.</summary>
    public Mending? Mending { get; set; }
}
