using System.Text;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Messages;

/// <summary>One message of every kind, with every field away from its default.</summary>
internal static class MessageSamples
{
    private static readonly GroupId Group = new(7);
    private static readonly NodeId From = new(2);
    private static readonly NodeId To = new(3);
    private static readonly Term Term = new(9);

    public static IReadOnlyList<Message> All { get; } =
    [
        new PreVoteRequest { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Last = At(8, 41) },
        new PreVoteResponse { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Granted = true },
        new VoteRequest { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Last = At(8, 41), Transfer = true },
        new VoteResponse { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Granted = true },
        new AppendRequest
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Previous = At(8, 41), Commit = new LogIndex(40),
            Entries = new Entry[]
            {
                new(At(8, 42), EntryKind.Command, Encoding.UTF8.GetBytes("hello")),
                new(At(9, 43), EntryKind.Noop, default),
                new(At(9, 44), EntryKind.Configuration, ConfigurationCodec.Encode(Configuration.Of(1, 2, 3))),
            },
        },
        new AppendResponse { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Match = new LogIndex(44) },
        new AppendRejection
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Previous = new LogIndex(41), Hint = At(7, 33),
        },
        new Heartbeat
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Commit = new LogIndex(40), Round = 12, Quiesce = true,
        },
        new HeartbeatResponse { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Round = 12 },
        new ReadIndexRequest { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Session = -77, Sequence = 6 },
        new ReadIndexResponse
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Session = -77, Sequence = 6, Index = new LogIndex(40),
        },
        new ProposeRequest
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Session = -77,
            Proposals = new Proposal[] { new(100, "a"u8.ToArray()), new(102, default) },
        },
        new ProposeResponse
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Session = -77,
            Results = new ProposalResult[]
            {
                new(100, ProposeStatus.Appended, At(9, 45), From), new(102, ProposeStatus.Busy, default, From),
            },
        },
        new TransferRequest { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Target = new NodeId(4) },
        new TimeoutNow { Group = Group, From = From, To = To, Term = Term, Incarnation = 5 },
        new SnapshotOffer
        {
            Group = Group, From = From, To = To, Term = Term, Incarnation = 5,
            AtLeast = At(8, 30), Configuration = Configuration.Of(1, 2, 3),
        },
        new SnapshotReport { Group = Group, From = From, To = To, Term = Term, Incarnation = 5, Failed = true, ReceivedBytes = 4096 },
    ];

    private static LogPosition At(long term, long index) => new(new Term(term), new LogIndex(index));
}
