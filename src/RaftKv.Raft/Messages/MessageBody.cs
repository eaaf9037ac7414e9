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
        MessageKind.PreVoteRequest => new PreVoteRequest { Header = header, Last = reader.Position() },
        MessageKind.PreVoteResponse => new PreVoteResponse { Header = header, Granted = reader.Flag() },
        MessageKind.VoteRequest => new VoteRequest { Header = header, Last = reader.Position(), Transfer = reader.Flag() },
        MessageKind.VoteResponse => new VoteResponse { Header = header, Granted = reader.Flag() },
        MessageKind.AppendResponse => new AppendResponse { Header = header, Match = new LogIndex(reader.Number()) },
        MessageKind.AppendRejection => new AppendRejection
        {
            Header = header,
            Previous = new LogIndex(reader.Number()),
            Hint = reader.Position(),
        },
        MessageKind.Heartbeat => new Heartbeat
        {
            Header = header,
            Commit = new LogIndex(reader.Number()),
            Round = reader.Number(),
            Quiesce = reader.Flag(),
        },
        MessageKind.HeartbeatResponse => new HeartbeatResponse { Header = header, Round = reader.Number() },
        MessageKind.ReadIndexRequest => new ReadIndexRequest
        {
            Header = header,
            Session = reader.Number(),
            Sequence = reader.Number(),
        },
        MessageKind.ReadIndexResponse => new ReadIndexResponse
        {
            Header = header,
            Session = reader.Number(),
            Sequence = reader.Number(),
            Index = new LogIndex(reader.Number()),
        },
        MessageKind.TransferRequest => new TransferRequest { Header = header, Target = new NodeId(reader.Number()) },
        MessageKind.TimeoutNow => new TimeoutNow { Header = header },
        MessageKind.SnapshotOffer => SnapshotBody.ReadOffer(header, ref reader),
        MessageKind.SnapshotReport => SnapshotBody.ReadReport(header, ref reader),
        MessageKind.AppendRequest => AppendBody.Read(header, ref reader),
        MessageKind.ProposeRequest => ProposeBody.ReadRequest(header, ref reader),
        MessageKind.ProposeResponse => ProposeBody.ReadResponse(header, ref reader),
        _ => null,
    };
}
