using System.Diagnostics;

namespace RaftKv.Raft.Messages;

/// <summary>The body of each kind of message, as bytes.</summary>
internal static class MessageBody
{
    private const int PositionBytes = 2 * sizeof(long);

    public static int Measure(Message message) => message switch
    {
        PreVoteRequest => PositionBytes,
        PreVoteResponse => sizeof(byte),
        VoteRequest => PositionBytes + sizeof(byte),
        VoteResponse => sizeof(byte),
        AppendResponse => sizeof(long),
        AppendRejection => sizeof(long) + PositionBytes,
        Heartbeat => sizeof(long) + sizeof(long) + sizeof(byte),
        HeartbeatResponse => sizeof(long),
        ReadIndexRequest => sizeof(long) + sizeof(long),
        ReadIndexResponse => sizeof(long) + sizeof(long) + sizeof(long),
        TransferRequest => sizeof(long),
        TimeoutNow => 0,
        SnapshotOffer m => SnapshotBody.Measure(m),
        SnapshotReport => sizeof(byte) + sizeof(long),
        AppendRequest append => AppendBody.Measure(append),
        ProposeRequest propose => ProposeBody.Measure(propose),
        ProposeResponse response => ProposeBody.Measure(response),
        _ => throw new UnreachableException(),
    };

    public static void Write(Message message, ref WireWriter writer)
    {
        switch (message)
        {
            case PreVoteRequest m:
                writer.Position(m.Last);
                break;
            case PreVoteResponse m:
                writer.Flag(m.Granted);
                break;
            case VoteRequest m:
                writer.Position(m.Last);
                writer.Flag(m.Transfer);
                break;
            case VoteResponse m:
                writer.Flag(m.Granted);
                break;
            case AppendResponse m:
                writer.Number(m.Match.Value);
                break;
            case AppendRejection m:
                writer.Number(m.Previous.Value);
                writer.Position(m.Hint);
                break;
            case Heartbeat m:
                writer.Number(m.Commit.Value);
                writer.Number(m.Round);
                writer.Flag(m.Quiesce);
                break;
            case HeartbeatResponse m:
                writer.Number(m.Round);
                break;
            case ReadIndexRequest m:
                writer.Number(m.Session);
                writer.Number(m.Sequence);
                break;
            case ReadIndexResponse m:
                writer.Number(m.Session);
                writer.Number(m.Sequence);
                writer.Number(m.Index.Value);
                break;
            case TransferRequest m:
                writer.Number(m.Target.Value);
                break;
            case TimeoutNow:
                break;
            case SnapshotOffer m:
                SnapshotBody.Write(m, ref writer);
                break;
            case SnapshotReport m:
                SnapshotBody.Write(m, ref writer);
                break;
            case AppendRequest m:
                AppendBody.Write(m, ref writer);
                break;
            case ProposeRequest m:
                ProposeBody.Write(m, ref writer);
                break;
            case ProposeResponse m:
                ProposeBody.Write(m, ref writer);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Reads a body; null for a kind that is unknown.</summary>
    public static Message? Read(MessageKind kind, MessageHeader header, ref WireReader reader) => kind switch
    {
        MessageKind.PreVoteRequest => ReadPreVoteRequest(header, ref reader),
        MessageKind.PreVoteResponse => ReadPreVoteResponse(header, ref reader),
        MessageKind.VoteRequest => ReadVoteRequest(header, ref reader),
        MessageKind.VoteResponse => ReadVoteResponse(header, ref reader),
        MessageKind.AppendResponse => ReadAppendResponse(header, ref reader),
        MessageKind.AppendRejection => ReadAppendRejection(header, ref reader),
        MessageKind.Heartbeat => ReadHeartbeat(header, ref reader),
        MessageKind.HeartbeatResponse => ReadHeartbeatResponse(header, ref reader),
        MessageKind.ReadIndexRequest => ReadReadIndexRequest(header, ref reader),
        MessageKind.ReadIndexResponse => ReadReadIndexResponse(header, ref reader),
        MessageKind.TransferRequest => ReadTransferRequest(header, ref reader),
        MessageKind.TimeoutNow => ReadTimeoutNow(header),
        MessageKind.SnapshotOffer => SnapshotBody.ReadOffer(header, ref reader),
        MessageKind.SnapshotReport => SnapshotBody.ReadReport(header, ref reader),
        MessageKind.AppendRequest => AppendBody.Read(header, ref reader),
        MessageKind.ProposeRequest => ProposeBody.ReadRequest(header, ref reader),
        MessageKind.ProposeResponse => ProposeBody.ReadResponse(header, ref reader),
        _ => null,
    };

    private static PreVoteRequest ReadPreVoteRequest(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Last = reader.Position(),
    };

    private static PreVoteResponse ReadPreVoteResponse(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Granted = reader.Flag(),
    };

    private static VoteRequest ReadVoteRequest(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Last = reader.Position(),
        Transfer = reader.Flag(),
    };

    private static VoteResponse ReadVoteResponse(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Granted = reader.Flag(),
    };

    private static AppendResponse ReadAppendResponse(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Match = new LogIndex(reader.Number()),
    };

    private static AppendRejection ReadAppendRejection(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Previous = new LogIndex(reader.Number()),
        Hint = reader.Position(),
    };

    private static Heartbeat ReadHeartbeat(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Commit = new LogIndex(reader.Number()),
        Round = reader.Number(),
        Quiesce = reader.Flag(),
    };

    private static HeartbeatResponse ReadHeartbeatResponse(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Round = reader.Number(),
    };

    private static ReadIndexRequest ReadReadIndexRequest(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Session = reader.Number(),
        Sequence = reader.Number(),
    };

    private static ReadIndexResponse ReadReadIndexResponse(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Session = reader.Number(),
        Sequence = reader.Number(),
        Index = new LogIndex(reader.Number()),
    };

    private static TransferRequest ReadTransferRequest(MessageHeader header, ref WireReader reader) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
        Target = new NodeId(reader.Number()),
    };

    private static TimeoutNow ReadTimeoutNow(MessageHeader header) => new()
    {
        Group = header.Group,
        From = header.From,
        To = header.To,
        Term = header.Term,
        Incarnation = header.Incarnation,
    };
}
