using RaftKv.Raft.Messages;
using RaftKv.Raft.Tests.Harness;
using RaftKv.Raft.Tests.Traces;

namespace RaftKv.Raft.Tests.Messages;

/// <summary>
/// Every field of every kind of message at its extremes, to a member in every role: nothing throws, nothing breaks an invariant, and
/// what nobody can have sent changes nothing.
/// </summary>
public sealed class BadInputTests
{
    /// <summary>A member 1 in every state that handles messages in its own way.</summary>
    public static TheoryData<string, string> States => new()
    {
        { "new", "nodes 3" },
        { "follower", "nodes 3\nelect 2\npropose 2 a b\nsettle" },
        { "follower behind a snapshot", "nodes 3\nelect 2\ncut 1\npropose 2 a b\nsettle\ncompact 2\nmend\ntick 2 count=3\nsettle" },
        { "pre-candidate", "nodes 3\nelect 2\npropose 2 a\nsettle\ncut 2\ntimeout 1\nmend" },
        { "candidate", "nodes 3 prevote=off\nelect 2\npropose 2 a\nsettle\ncut 2\ntimeout 1\nmend" },
        { "leader", "nodes 3\nelect 1\npropose 1 a b\nsettle\nread 1\npropose 1 c" },
        { "leader handing over", "nodes 3\nelect 1\ncut 2\npropose 1 a\nsettle\ntransfer 1 2" },
        { "learner", "nodes 3\nelect 2\nchange 2 l1\nsettle" },
        { "witness", "nodes 3 witness=1\nelect 2\npropose 2 a\nsettle" },
        { "with an identity", "nodes 3 incarnations=on\nelect 2\npropose 2 a\nsettle" },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void What_cannot_be_is_refused_and_counted_and_changes_nothing(string state, string story)
    {
        Assert.NotEmpty(state);
        RaftCore core = Play(story);
        foreach (Message sample in MessageSamples.All)
        {
            Message addressed = Addressed(sample, core.Term);
            foreach (Damage damage in MessageDamage.Impossible(addressed))
            {
                string before = StateDigest.Of(core);
                long refused = core.Status.RefusedMessages;
                ReceiveStatus status = core.Receive(damage.Copy);
                string what = $"{sample.Kind} with {damage.Field} {damage.Value}: {status}";
                Assert.True(IsImpossible(status), what);
                Assert.True(core.Status.RefusedMessages == refused + 1, what);
                Assert.True(StateDigest.Of(core) == before, $"{what} changed the state");
            }
        }
    }

    /// <summary>
    /// A well-formed message may still not fit what the receiver knows. Its term and its sender's identity are believed then, because
    /// every message's are; nothing else is.
    /// </summary>
    [Theory]
    [MemberData(nameof(States))]
    public void What_may_be_never_breaks_a_member_and_what_is_refused_touches_neither_log_nor_commit(string state, string story)
    {
        Assert.NotEmpty(state);
        foreach (Message sample in MessageSamples.All)
        {
            foreach (Damage damage in MessageDamage.Of(Addressed(sample, Play(story).Term)))
            {
                RaftCore core = Play(story);
                (LogPosition, LogIndex, LogIndex) before = Held(core);
                long refused = core.Status.RefusedMessages;
                ReceiveStatus status = core.Receive(damage.Copy);
                string what = $"{sample.Kind} with {damage.Field} {damage.Value}: {status}";
                Assert.True(core.Status.Fault is null, $"{what} {core.Status.Fault}");
                Assert.True(core.Status.RefusedMessages == refused || Held(core) == before, $"{what} changed what the member holds");
                while (core.HasReady)
                    core.Persisted(core.TakeReady().Number);
                Assert.True(core.Status.Fault is null, $"{what} {core.Status.Fault}");
            }
        }
    }

    private static bool IsImpossible(ReceiveStatus status) =>
        status is ReceiveStatus.WrongGroup or ReceiveStatus.WrongAddress or ReceiveStatus.Malformed or ReceiveStatus.TermTooFar;

    private static (LogPosition Last, LogIndex Durable, LogIndex Commit) Held(RaftCore core)
    {
        RaftStatus status = core.Status;
        return (status.Last, status.Durable, status.Commit);
    }

    private static RaftCore Play(string story)
    {
        RaftTraceWorld world = new(new TraceOutput(isOff: true));
        foreach (string command in story.Split('\n'))
            TraceRunner.Run(world, command);
        return world[new NodeId(1)].Core;
    }

    // From member 2 to member 1, in the receiver's group, in a term that leaves room for the sample's positions.
    private static Message Addressed(Message sample, Term term)
    {
        Message message = MessageDamage.CopyWith(sample, nameof(Message.Group), new GroupId(0));
        message = MessageDamage.CopyWith(message, nameof(Message.To), new NodeId(1));
        message = MessageDamage.CopyWith(message, nameof(Message.Incarnation), 200L);
        return MessageDamage.CopyWith(message, nameof(Message.Term), new Term(term.Value + sample.Term.Value));
    }
}
