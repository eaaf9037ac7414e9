using System.Diagnostics;
using System.Text;
using RaftKv.Raft.Membership;
using RaftKv.Raft.Messages;

namespace RaftKv.Raft.Tests.Traces;

/// <summary>Owns the text of traces: a change of some ToString never changes them.</summary>
internal static class TracePrinter
{
    public static string Message(Message message) => $"{message.From}>{message.To} {message.Kind} term={message.Term}{Body(message)}";

    public static string Status(RaftStatus status)
    {
        string leader = status.Leader == NodeId.None ? "" : $" leader={status.Leader}";
        string vote = status.VotedFor == NodeId.None ? "" : $" vote={status.VotedFor}";
        string peers = status.Peers.Count == 0 ? "" : $" peers=[{string.Join(' ', status.Peers.Select(Peer))}]";
        return $"{status.Self} {Role(status.Role)} term={status.Term}{vote}{leader} last={status.Last} durable={status.Durable} "
            + $"commit={status.Commit} applied={status.Applied}{(status.IsQuiesced ? " quiesced" : "")}{peers}";
    }

    public static string Entry(Entry entry) => entry.Kind switch
    {
        EntryKind.Command => $"{entry.Position}:{Encoding.UTF8.GetString(entry.Payload.Span)}",
        EntryKind.Noop => $"{entry.Position}:noop",
        _ => ConfigurationCodec.TryDecode(entry.Payload.Span, out Configuration configuration)
            ? $"{entry.Position}:{{{configuration}}}"
            : throw new UnreachableException(),
    };

    public static string Event(NodeId node, RaftEvent @event) => @event switch
    {
        RoleChanged e => $"{node} becomes {Role(e.Current)} at term {e.Term}",
        LeaderChanged e => e.Leader == NodeId.None ? $"{node} knows no leader" : $"{node} follows {e.Leader}",
        ConfigurationChanged e => $"{node} configuration at {e.Index}: {e.Configuration}",
        DiskStuck => $"{node} finds its disk stuck",
        AmnesiaFound e => $"{node} finds that {e.Node} lost its disk",
        TransferAborted e => $"{node} gives up handing over to {e.Target}",
        QuiesceChanged e => $"{node} {(e.IsQuiesced ? "comes to rest" : "wakes")}",
        MessageRefused e => $"{node} refuses {e.Kind} from {e.From}: {e.Status}",
        CoreFaulted e => $"{node} FAULTED {e.Reason}",
        _ => throw new UnreachableException(),
    };

    private static string Role(Role role) => role switch
    {
        Raft.Role.Follower => "follower",
        Raft.Role.PreCandidate => "pre-candidate",
        Raft.Role.Candidate => "candidate",
        _ => "leader",
    };

    private static string Peer(PeerStatus peer)
    {
        string state = peer.State switch
        {
            PeerState.Probe => "?",
            PeerState.Replicate => "",
            _ => "!",
        };
        return $"{peer.Peer}:{peer.Match}/{peer.Next}{state}";
    }

    private static string Body(Message message) => message switch
    {
        PreVoteRequest m => $" last={m.Last}",
        PreVoteResponse m => m.Granted ? " granted" : " refused",
        VoteRequest m => $" last={m.Last}{(m.Transfer ? " transfer" : "")}",
        VoteResponse m => m.Granted ? " granted" : " refused",
        AppendRequest m => $" previous={m.Previous} commit={m.Commit} [{Entries(m.Entries)}]",
        AppendResponse m => $" match={m.Match}",
        AppendRejection m => $" previous={m.Previous} hint={m.Hint}",
        Heartbeat m => $" commit={m.Commit} round={m.Round}{(m.Quiesce ? " quiesce" : "")}",
        HeartbeatResponse m => $" round={m.Round}",
        ReadIndexRequest m => $" sequence={m.Sequence}",
        ReadIndexResponse m => $" sequence={m.Sequence} index={m.Index}",
        TransferRequest m => $" target={m.Target}",
        TimeoutNow => "",
        SnapshotOffer m => $" at-least={m.AtLeast} {m.Configuration}",
        SnapshotReport m => m.Failed ? " failed" : $" received={m.ReceivedBytes}",
        ProposeRequest m => $" requests=[{string.Join(' ', m.Proposals.ToArray().Select(p => p.RequestId))}]",
        ProposeResponse m => $" results=[{string.Join(' ', m.Results.ToArray().Select(Result))}]",
        _ => throw new UnreachableException(),
    };

    public static string Result(ProposalResult result) =>
        result.Status == ProposeStatus.Appended ? $"{result.RequestId}:{result.Position}" : $"{result.RequestId}:{result.Status}";

    private static string Entries(ReadOnlyMemory<Entry> entries) => string.Join(' ', entries.ToArray().Select(Entry));
}
