using System.Diagnostics.CodeAnalysis;
using RaftKv.Raft.Log;

namespace RaftKv.Raft.Messages;

/// <summary>Entries from the leader, or the question whether a position is shared when there are none (Raft 5.3).</summary>
public sealed class AppendRequest : Message
{
    private LogPosition _previous;
    private LogIndex _commit;
    private ReadOnlyMemory<Entry> _entries;
    private EntryChunk? _chunk;

    /// <summary>A message whose properties say all of it.</summary>
    public AppendRequest()
        : base(MessageKind.AppendRequest)
    {
    }

    [SetsRequiredMembers]
    internal AppendRequest(RaftOptions sender)
        : base(MessageKind.AppendRequest, sender)
    {
    }

    /// <summary>The entry before the first one.</summary>
    public required LogPosition Previous { get => _previous; init => _previous = value; }

    /// <summary>The leader's commit index.</summary>
    public required LogIndex Commit { get => _commit; init => _commit = value; }

    /// <summary>Consecutive entries after <see cref="Previous"/>.</summary>
    public ReadOnlyMemory<Entry> Entries { get => _entries; init => _entries = value; }

    internal void Say(LogPosition previous, LogIndex commit, in EntrySlice slice)
    {
        slice.Chunk?.Pin();
        _previous = previous;
        _commit = commit;
        _entries = slice.Entries;
        _chunk = slice.Chunk;
    }

    internal void ReleaseEntries()
    {
        _chunk?.Unpin();
        _chunk = null;
        _entries = default;
    }
}
