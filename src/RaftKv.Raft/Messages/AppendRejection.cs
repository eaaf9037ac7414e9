namespace RaftKv.Raft.Messages;

/// <summary>The position before the entries is not in the sender's log (Raft 5.3).</summary>
public sealed class AppendRejection() : Message(MessageKind.AppendRejection)
{
    /// <summary>The position that was asked for.</summary>
    public required LogIndex Previous { get; init; }

    /// <summary>The last entry at or before it that could be shared, judged by terms: whole terms are skipped in one step.</summary>
    public required LogPosition Hint { get; init; }
}
