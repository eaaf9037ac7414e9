namespace RaftKv;

/// <summary>Why an operation failed. <see cref="RaftKvException.Outcome"/> says whether a write happened; this says what to do.</summary>
public enum RaftKvError : byte
{
    /// <summary>No particular reason was given; read the message.</summary>
    Unspecified = 0,

    /// <summary>An option is missing or out of range. Correct it and start again; nothing was touched.</summary>
    InvalidOptions,

    /// <summary>The data directory belongs to another node or another cluster. Nothing in it was touched.</summary>
    WrongDirectory,

    /// <summary>Another live process holds the data directory.</summary>
    DirectoryLocked,

    /// <summary>The listen address is taken or cannot be bound.</summary>
    AddressUnavailable,

    /// <summary>Too much is waiting already. Try again after a pause.</summary>
    Busy,

    /// <summary>The command is larger than the limit. Trying again cannot help.</summary>
    TooLarge,

    /// <summary>No leader was known before the deadline. Try again, or look at the other members.</summary>
    NoLeader,

    /// <summary>The deadline passed.</summary>
    Timeout,

    /// <summary>The node was stopped.</summary>
    Stopped,

    /// <summary>The node met something it cannot go on after; the inner exception names it. Restart the node.</summary>
    Faulted,

    /// <summary>Stored bytes are damaged or the device failed; the inner exception names the file and the offset.</summary>
    Storage,

    /// <summary>Only the leader can do this, and the member does not lead. Ask the one that the exception names.</summary>
    NotLeader,

    /// <summary>The member that was named cannot lead, or leads already.</summary>
    InvalidTarget,

    /// <summary>The membership cannot be changed as asked; the message says why. Trying again cannot help.</summary>
    MembershipRefused,

    /// <summary>The member was removed from its cluster. Its directory is of no use any more.</summary>
    Removed,

    /// <summary>The group writes a log format that this build does not speak. Install one that does; the message names both.</summary>
    FormatNotSpoken,

    /// <summary>
    /// Damage in the member's log, or its state, which differs from the others', is being mended with their help. Ask another member, or try
    /// again later.
    /// </summary>
    Repairing,

    /// <summary>
    /// The disk has no room, and no other member is known to lead. Free space; the member then goes on by itself. A group that stopped
    /// meanwhile is not started again, nor forgotten, before there is room.
    /// </summary>
    NoSpace,
}
