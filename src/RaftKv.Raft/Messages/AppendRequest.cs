namespace RaftKv.Raft.Messages;

/// <summary>Entries from the leader, or the question whether a position is shared when there are none (Raft 5.3).</summary>
public sealed class AppendRequest() : Message(MessageKind.AppendRequest)
{
    /// <summary>The entry before the first one.</summary>
    public required LogPosition Previous { get; init; }

    /// <summary>The leader's commit index.</summary>
    public required LogIndex Commit { get; init; }

    /// <summary>Consecutive entries after <see cref="Previous"/>.</summary>
    public ReadOnlyMemory<Entry> Entries { get; init; }
}
