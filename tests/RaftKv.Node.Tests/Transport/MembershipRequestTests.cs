using System.Net;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="MembershipServer"/>: who may ask for what, and how it looks on the wire.</summary>
public sealed class MembershipRequestTests : IAsyncDisposable
{
    private static readonly EndPoint Somewhere = new DnsEndPoint("db4", 7004);

    private readonly List<TcpMember> _open = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_change_is_read_back_and_what_is_none_is_not()
    {
        foreach (MembershipChange change in Changes())
        {
            byte[] body = new MembershipRequest(new GroupId(7), change).Encode();
            MembershipRequest? read = MembershipRequest.Decode(body);
            Assert.Equal((new GroupId(7), change.ToString()), (read!.Group, read.Change.ToString()));
            for (int length = 0; length < body.Length; length++)
                Assert.Null(MembershipRequest.Decode(body.AsSpan(0, length)));
        }
        byte[] unknown = new MembershipRequest(new GroupId(7), MembershipChange.Remove(new NodeId(4))).Encode();
        foreach (byte kind in (byte[])[0, 6, 255])
        {
            unknown[8] = kind;
            Assert.Null(MembershipRequest.Decode(unknown));
        }
    }

    [Fact]
    public void An_answer_is_read_back_and_bytes_that_are_none_do_no_harm()
    {
        MembershipAnswer answer = new(MembershipVerdict.NotLeader, new NodeId(3), "db3:7003", "Member 2 does not lead.");
        Assert.Equal(answer, MembershipAnswer.Decode(answer.Encode()));
        SplittableRandom random = new(5);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = new byte[random.Next(60)];
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)random.Next(256);
            _ = MembershipAnswer.Decode(bytes);
            _ = MembershipRequest.Decode(bytes);
        }
    }

    [Fact]
    public async Task Who_is_no_member_may_ask_for_its_own_addition_and_for_nothing_else()
    {
        Desk desk = new();
        TcpMember two = Member(new TcpMember(2) { Membership = desk });
        TcpMember four = Member(new TcpMember(4));
        two.Start((1, Somewhere));
        TcpTransport stranger = four.Start();
        foreach (MembershipChange change in Changes())
        {
            MembershipReply reply = await stranger.AskMembershipAsync(
                NodeId.None, two.Address, new MembershipRequest(default, change), Token);
            bool isOwnAddition = change.IsAdditionOf(new NodeId(4));
            Assert.Equal(isOwnAddition ? MembershipVerdict.Done : null, reply.Answer?.Verdict);
            if (!isOwnAddition)
                Assert.Contains("its own addition only", reply.Reason, StringComparison.Ordinal);
        }
        Assert.Equal(3, desk.Asked.Count);
        Assert.Empty(two.Received.Knocks);
    }

    [Fact]
    public async Task A_question_without_an_answer_says_whether_it_was_asked()
    {
        Desk desk = new() { IsSilent = true };
        TcpMember two = Member(new TcpMember(2) { Membership = desk });
        TcpMember one = Member(new TcpMember(1));
        two.Start((1, one.Address));
        TcpTransport asking = one.Start((2, two.Address));
        MembershipRequest request = new(default, MembershipChange.Remove(new NodeId(3)));
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Token);

        Task<MembershipReply> unanswered = asking.AskMembershipAsync(two.Id, two.Address, request, patience.Token);
        await desk.WasAsked.WaitAsync(Token);
        await patience.CancelAsync();
        MembershipReply silent = await unanswered;
        MembershipReply other = await asking.AskMembershipAsync(new NodeId(3), two.Address, request, Token);

        Assert.Equal((true, null), (silent.WasSent, silent.Answer));
        Assert.False(other.WasSent);
        Assert.Contains("it looks for member 3, this is member 2", other.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_stopped_asks_nobody_and_says_so()
    {
        TcpMember two = Member(new TcpMember(2) { Membership = new Desk() });
        TcpMember one = Member(new TcpMember(1));
        two.Start((1, one.Address));
        TcpTransport stopped = one.Start((2, two.Address));
        await stopped.DisposeAsync();
        MembershipReply reply = await stopped.AskMembershipAsync(
            two.Id, two.Address, new MembershipRequest(default, MembershipChange.Remove(new NodeId(3))), Token);
        Assert.Equal((false, null), (reply.WasSent, reply.Answer));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TcpMember member in _open)
            await member.DisposeAsync();
    }

    private static MembershipChange[] Changes() =>
    [
        MembershipChange.Add(new NodeId(4), Somewhere),
        MembershipChange.AddLearner(new NodeId(4), Somewhere),
        MembershipChange.AddWitness(new NodeId(4), Somewhere),
        MembershipChange.Add(new NodeId(5), Somewhere),
        MembershipChange.Remove(new NodeId(4)),
        MembershipChange.Replace(new NodeId(1), new NodeId(4), Somewhere),
        MembershipChange.Promote(new NodeId(4)),
        MembershipChange.Demote(new NodeId(4)),
        MembershipChange.Move(new NodeId(4), Somewhere),
    ];

    private TcpMember Member(TcpMember member)
    {
        _open.Add(member);
        return member;
    }

    private sealed class Desk : IMembershipDesk
    {
        private readonly TaskCompletionSource _wasAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<MembershipRequest> Asked { get; } = [];

        public Task WasAsked => _wasAsked.Task;

        public bool IsSilent { get; init; }

        public async Task<MembershipAnswer> ChangeAsync(MembershipRequest request)
        {
            lock (Asked)
                Asked.Add(request);
            _wasAsked.TrySetResult();
            if (IsSilent)
                await new TaskCompletionSource().Task;
            return new MembershipAnswer(MembershipVerdict.Done, new NodeId(2), "", "");
        }
    }
}
