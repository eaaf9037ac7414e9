using System.Text;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Messages;

/// <summary>One message of every kind, with every field away from its default.</summary>
internal static class MessageSamples
{
    private static readonly NodeId From = new(2);
    private static readonly MessageHeader Header = new(new GroupId(7), From, new NodeId(3), new Term(9), Incarnation: 5);

    public static IReadOnlyList<Message> All { get; } =
    [
        new PreVoteRequest { Header = Header, Last = At(8, 41) },
        new PreVoteResponse { Header = Header, Granted = true },
        new VoteRequest { Header = Header, Last = At(8, 41), Transfer = true },
        new VoteResponse { Header = Header, Granted = true },
        new AppendRequest
        {
            Header = Header, Previous = At(8, 41), Commit = new LogIndex(40),
            Entries = new Entry[]
            {
                new(At(8, 42), EntryKind.Command, Encoding.UTF8.GetBytes("hello")),
                new(At(9, 43), EntryKind.Noop, default),
                new(At(9, 44), EntryKind.Configuration, ConfigurationCodec.Encode(Configuration.Of(1, 2, 3))),
            },
        },
        new AppendResponse { Header = Header, Match = new LogIndex(44) },
        new AppendRejection
        {
            Header = Header, Previous = new LogIndex(41), Hint = At(7, 33),
        },
        new Heartbeat
        {
            Header = Header, Commit = new LogIndex(40), Round = 12, Quiesce = true,
        },
        new HeartbeatResponse { Header = Header, Round = 12 },
        new ReadIndexRequest { Header = Header, Session = -77, Sequence = 6 },
        new ReadIndexResponse
        {
            Header = Header, Session = -77, Sequence = 6, Index = new LogIndex(40),
        },
        new ProposeRequest
        {
            Header = Header, Session = -77,
            Proposals = new Proposal[] { new(100, "a"u8.ToArray()), new(102, default) },
        },
        new ProposeResponse
        {
            Header = Header, Session = -77,
            Results = new ProposalResult[]
            {
                new(100, ProposeStatus.Appended, At(9, 45), From), new(102, ProposeStatus.Busy, default, From),
            },
        },
        new TransferRequest { Header = Header, Target = new NodeId(4) },
        new TimeoutNow { Header = Header },
        new SnapshotOffer
        {
            Header = Header,
            AtLeast = At(8, 30), Configuration = Configuration.Of(1, 2, 3),
        },
        new SnapshotReport { Header = Header, Failed = true, ReceivedBytes = 4096 },
    ];

    private static LogPosition At(long term, long index) => new(new Term(term), new LogIndex(index));
}
