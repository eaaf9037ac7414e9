using RaftKv.Raft.Membership;
using RaftKv.Raft.Roles;

namespace RaftKv.Raft;

/// <summary>Makes <see cref="RaftStatus"/> of the protocol's state.</summary>
internal static class StatusReport
{
    public static RaftStatus Of(Protocol protocol, long refused, string? fault)
    {
        LeaderRole? leader = protocol.Role as LeaderRole;
        return new RaftStatus
        {
            Self = protocol.Self,
            Role = protocol.Role.Kind,
            Term = protocol.Term,
            VotedFor = protocol.VotedFor,
            Leader = protocol.Leader,
            Commit = protocol.Commit,
            Applied = protocol.Applier.Applied,
            Last = protocol.Log.Last,
            Durable = protocol.Log.Durable,
            Base = protocol.Log.Base,
            Configuration = protocol.Configuration,
            ConfigurationIndex = protocol.Configurations.Index,
            Formats = protocol.Options.Formats,
            Peers = leader is null ? [] : PeersOf(leader, protocol.Spoken),
            UncommittedBytes = leader is null ? 0 : protocol.Log.UncommittedBytes,
            RefusedMessages = refused,
            IsQuiesced = protocol.Rest.IsResting,
            Fault = fault,
        };
    }

    public static string Line(Protocol protocol) =>
        $"node {protocol.Self}, {protocol.Role.Kind}, term {protocol.Term}, vote {protocol.VotedFor}, commit {protocol.Commit}, "
        + $"applied {protocol.Applier.Applied} of {protocol.Applier.HandedOut}, log {protocol.Log.Base} to {protocol.Log.Last}, "
        + $"durable {protocol.Log.Durable}, {protocol.Configuration}";

    private static PeerStatus[] PeersOf(LeaderRole leader, SpokenFormats spoken)
    {
        PeerStatus[] peers = new PeerStatus[leader.Replicator.Peers.Length];
        for (int i = 0; i < peers.Length; i++)
        {
            Replication.PeerProgress peer = leader.Replicator.Peers[i];
            peers[i] = new PeerStatus(
                peer.Id, peer.State, peer.Match, peer.Next, peer.Inflight.Count, peer.Inflight.Bytes, peer.Active, spoken.Of(peer.Id));
        }
        return peers;
    }
}
