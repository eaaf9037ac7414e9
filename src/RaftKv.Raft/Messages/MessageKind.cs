namespace RaftKv.Raft.Messages;

/// <summary>The kinds of messages. The numbers are the wire's: never reused.</summary>
public enum MessageKind : byte
{
    /// <summary><see cref="Messages.PreVoteRequest"/>.</summary>
    PreVoteRequest = 1,

    /// <summary><see cref="Messages.PreVoteResponse"/>.</summary>
    PreVoteResponse = 2,

    /// <summary><see cref="Messages.VoteRequest"/>.</summary>
    VoteRequest = 3,

    /// <summary><see cref="Messages.VoteResponse"/>.</summary>
    VoteResponse = 4,

    /// <summary><see cref="Messages.AppendRequest"/>.</summary>
    AppendRequest = 5,

    /// <summary><see cref="Messages.AppendResponse"/>.</summary>
    AppendResponse = 6,

    /// <summary><see cref="Messages.AppendRejection"/>.</summary>
    AppendRejection = 7,

    /// <summary><see cref="Messages.Heartbeat"/>.</summary>
    Heartbeat = 8,

    /// <summary><see cref="Messages.HeartbeatResponse"/>.</summary>
    HeartbeatResponse = 9,

    /// <summary><see cref="Messages.ReadIndexRequest"/>.</summary>
    ReadIndexRequest = 10,

    /// <summary><see cref="Messages.ReadIndexResponse"/>.</summary>
    ReadIndexResponse = 11,

    /// <summary><see cref="Messages.ProposeRequest"/>.</summary>
    ProposeRequest = 12,

    /// <summary><see cref="Messages.ProposeResponse"/>.</summary>
    ProposeResponse = 13,

    /// <summary><see cref="Messages.TransferRequest"/>.</summary>
    TransferRequest = 14,

    /// <summary><see cref="Messages.TimeoutNow"/>.</summary>
    TimeoutNow = 15,

    /// <summary><see cref="Messages.SnapshotOffer"/>.</summary>
    SnapshotOffer = 16,

    /// <summary><see cref="Messages.SnapshotReport"/>.</summary>
    SnapshotReport = 17,
}
