namespace RaftKv.Raft;

/// <summary>How a read request ended.</summary>
public enum ReadOutcome : byte
{
    /// <summary>The leader was confirmed after the request was made: serve once <see cref="ReadResult.Index"/> is applied.</summary>
    Confirmed = 0,

    /// <summary>Leadership changed or no answer came in time. Nothing was promised; ask again.</summary>
    Dropped = 1,
}
