namespace RaftKv.Raft;

/// <summary>What a log entry means. The numbers are the wire's and the disk's.</summary>
public enum EntryKind : byte
{
    /// <summary>A proposal of the user's state machine.</summary>
    Command = 0,

    /// <summary>The empty entry with which a leader opens its term, so that it can commit what it inherited (Raft 8).</summary>
    Noop = 1,

    /// <summary>A membership configuration, encoded by <see cref="Membership.ConfigurationCodec"/>.</summary>
    Configuration = 2,
}
