using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Roles;

/// <summary>How a follower takes entries (Raft 5.3).</summary>
internal static class Appending
{
    public static ReceiveStatus Receive(Protocol protocol, AppendRequest request)
    {
        // What is committed here is shared with every later leader: whatever the request holds of it can be skipped.
        if (request.Previous.Index < protocol.Commit)
        {
            LogIndex end = new(request.Previous.Index.Value + request.Entries.Length);
            if (end <= protocol.Commit)
            {
                Acknowledge(protocol, request, protocol.Commit);
                return ReceiveStatus.Accepted;
            }
        }
        else if (!IsShared(protocol, request.Previous))
        {
            Reject(protocol, request);
            return ReceiveStatus.Accepted;
        }
        if (protocol.IsFull && !request.Entries.IsEmpty)
            return ReceiveStatus.NoRoom;
        LogIndex last = Take(protocol, request);
        protocol.Shares(last);
        LogIndex shared = Mutation.Is(Mutant.CommitBeyondShared) ? protocol.Log.LastIndex : last;
        protocol.CommitTo(LogIndex.Min(request.Commit, shared));
        Acknowledge(protocol, request, last);
        return ReceiveStatus.Accepted;
    }

    private static bool IsShared(Protocol protocol, LogPosition previous) =>
        protocol.Log.Contains(previous) || (Mutation.Is(Mutant.AppendWithoutMatch) && previous.Index <= protocol.Log.LastIndex);

    private static LogIndex Take(Protocol protocol, AppendRequest request)
    {
        ReadOnlySpan<Entry> entries = request.Entries.Span;
        int known = 0;
        while (known < entries.Length && IsKnown(protocol, entries[known].Position))
            known++;
        if (known < entries.Length && entries[known].Index <= protocol.Log.LastIndex)
            protocol.TruncateFrom(entries[known].Index);
        foreach (Entry entry in entries[known..])
            protocol.Append(entry);
        return new LogIndex(request.Previous.Index.Value + entries.Length);
    }

    private static bool IsKnown(Protocol protocol, LogPosition position) =>
        position.Index <= protocol.Commit || (protocol.Log.Contains(position) && !Mutation.Is(Mutant.TruncateOnOldAppend));

    private static void Acknowledge(Protocol protocol, AppendRequest request, LogIndex match) =>
        protocol.Promise(Mutant.AcknowledgeBeforeDurable, protocol.Messages.Acknowledge(request.From, protocol.Term, match));

    private static void Reject(Protocol protocol, AppendRequest request) =>
        protocol.Send(new AppendRejection
        {
            Header = protocol.HeaderTo(request.From),
            Previous = request.Previous.Index,
            Hint = protocol.Log.LastNotAbove(request.Previous),
        });
}
