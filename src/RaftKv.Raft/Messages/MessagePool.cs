using RaftKv.Raft.Log;

namespace RaftKv.Raft.Messages;

/// <summary>Makes the messages that every entry needs, of those that were handed back where there are any.</summary>
internal sealed class MessagePool(RaftOptions options)
{
    // Of each kind: enough for a group's messages on a network of usual length; more would only be kept by groups that fell idle.
    private const int MessagesMax = 128;

    private FreeList<AppendRequest> _appends = new(MessagesMax);
    private FreeList<AppendResponse> _acknowledgements = new(MessagesMax);
    private FreeList<Heartbeat> _heartbeats = new(MessagesMax);
    private FreeList<HeartbeatResponse> _echoes = new(MessagesMax);

    public AppendRequest Append(NodeId to, Term term, LogPosition previous, LogIndex commit, in EntrySlice slice)
    {
        AppendRequest message = _appends.Take() ?? new AppendRequest(options);
        message.Readdress(to, term);
        message.Say(previous, commit, in slice);
        return message;
    }

    public AppendResponse Acknowledge(NodeId to, Term term, LogIndex match)
    {
        AppendResponse message = _acknowledgements.Take() ?? new AppendResponse(options);
        message.Readdress(to, term);
        message.Say(match);
        return message;
    }

    public Heartbeat Heartbeat(NodeId to, Term term, LogIndex commit, long round, bool quiesce)
    {
        Heartbeat message = _heartbeats.Take() ?? new Heartbeat(options);
        message.Readdress(to, term);
        message.Say(commit, round, quiesce);
        return message;
    }

    public HeartbeatResponse Echo(NodeId to, Term term, long round)
    {
        HeartbeatResponse message = _echoes.Take() ?? new HeartbeatResponse(options);
        message.Readdress(to, term);
        message.Say(round);
        return message;
    }

    /// <summary>A message that nobody uses any more. Rare kinds are left to the collector.</summary>
    public void TakeBack(Message message)
    {
        message.HandBack();
        switch (message)
        {
            case AppendRequest append:
                append.ReleaseEntries();
                _appends.Add(append);
                break;
            case AppendResponse acknowledgement:
                _acknowledgements.Add(acknowledgement);
                break;
            case Heartbeat heartbeat:
                _heartbeats.Add(heartbeat);
                break;
            case HeartbeatResponse echo:
                _echoes.Add(echo);
                break;
            default:
                break;
        }
    }
}
