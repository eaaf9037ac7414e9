using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Raft.Messages;

/// <summary>Tells a leader that it was heard; also tells a former leader the term it missed.</summary>
public sealed class HeartbeatResponse : Message
{
    private long _round;

    /// <summary>A message whose properties say all of it.</summary>
    public HeartbeatResponse()
        : base(MessageKind.HeartbeatResponse)
    {
    }

    [SetsRequiredMembers]
    internal HeartbeatResponse(RaftOptions sender)
        : base(MessageKind.HeartbeatResponse, sender)
    {
    }

    /// <summary>The round of the heartbeat; 0 when it answers none.</summary>
    public required long Round { get => _round; init => _round = value; }

    internal void Say(long round) => _round = round;
}
