namespace RaftKv.Testing.World;

/// <summary>What was seen of a member's state.</summary>
internal enum StateVerdict
{
    /// <summary>It was opened as of the machine's last checkpoint: what was applied later is applied again.</summary>
    Opened,

    /// <summary>The member has learnt that it is not the majority's.</summary>
    Diverged,

    /// <summary>The leader knows that states differ, but not which of them is right.</summary>
    Disputed,

    /// <summary>Another member's took its place.</summary>
    Replaced,
}
