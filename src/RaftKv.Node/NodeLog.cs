using System.Net;
using Microsoft.Extensions.Logging;
using RaftKv.Raft;

namespace RaftKv.Node;

/// <summary>Everything a node writes to its log. Event ids are never reused.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1, LogLevel.Information,
        "Node {Node}, group {Group} of cluster {Cluster} started: term {Term}, log to {Last}, applied to {Applied}")]
    public static partial void Started(ILogger logger, NodeId node, GroupId group, string cluster, Term term, LogPosition last, LogIndex applied);

    [LoggerMessage(2, LogLevel.Information, "Node {Node}, group {Group} stopped")]
    public static partial void Stopped(ILogger logger, NodeId node, GroupId group);

    [LoggerMessage(3, LogLevel.Critical, "Node {Node}, group {Group} faulted and refuses all work until it is restarted: {Reason}")]
    public static partial void Faulted(ILogger logger, Exception exception, NodeId node, GroupId group, string reason);

    [LoggerMessage(4, LogLevel.Information, "Node {Node}, group {Group} is {Role} in term {Term}")]
    public static partial void RoleChanged(ILogger logger, NodeId node, GroupId group, Role role, Term term);

    [LoggerMessage(5, LogLevel.Information, "Node {Node}, group {Group} follows leader {Leader} in term {Term}")]
    public static partial void LeaderKnown(ILogger logger, NodeId node, GroupId group, NodeId leader, Term term);

    [LoggerMessage(6, LogLevel.Warning, "Node {Node}, group {Group} knows no leader in term {Term}")]
    public static partial void LeaderUnknown(ILogger logger, NodeId node, GroupId group, Term term);

    [LoggerMessage(7, LogLevel.Warning, "Node {Node} cut {Bytes} bytes off {File} at offset {Offset}: a crash interrupted the write")]
    public static partial void LogCut(ILogger logger, NodeId node, string file, long offset, long bytes);

    [LoggerMessage(8, LogLevel.Warning, "Node {Node}, group {Group} stopped, for it was removed")]
    public static partial void Removed(ILogger logger, NodeId node, GroupId group);

    [LoggerMessage(9, LogLevel.Information, "Node {Node}, group {Group}: as of entry {Index} {Configuration}")]
    public static partial void MembersChanged(ILogger logger, NodeId node, GroupId group, LogIndex index, string configuration);

    [LoggerMessage(10, LogLevel.Information, "Node {Node}, group {Group} took the state of another member up to entry {Position}")]
    public static partial void Installed(ILogger logger, NodeId node, GroupId group, LogPosition position);

    [LoggerMessage(11, LogLevel.Warning, "Node {Node}, group {Group} could not take the state of another member: {Reason}")]
    public static partial void InstallFailed(ILogger logger, NodeId node, GroupId group, string reason);

    [LoggerMessage(30, LogLevel.Information, "Node {Node}, group {Group} was added to the cluster, as it asked at {Address}")]
    public static partial void JoinDone(ILogger logger, NodeId node, GroupId group, EndPoint address);

    [LoggerMessage(31, LogLevel.Warning, "Node {Node}, group {Group} asked at {Address} to be added and was not, but asks again: {Reason}")]
    public static partial void JoinRefused(ILogger logger, NodeId node, GroupId group, EndPoint address, string reason);

    [LoggerMessage(32, LogLevel.Information, "Node {Node}, group {Group} is asked by node {From} for a change of members: {Change}")]
    public static partial void ChangeAsked(ILogger logger, NodeId node, GroupId group, NodeId from, string change);

    [LoggerMessage(12, LogLevel.Information, "Node {Node}, group {Group}: log format {Format} is active as of entry {Index}")]
    public static partial void FormatActivated(ILogger logger, NodeId node, GroupId group, LogFormat format, LogIndex index);

    [LoggerMessage(40, LogLevel.Warning, "Node {Node} found damage in its log: {File}, offset {Offset}: {What}")]
    public static partial void DamageFound(ILogger logger, NodeId node, string file, long offset, string what);

    [LoggerMessage(41, LogLevel.Warning,
        "Node {Node}, group {Group} waits for the other members to mend its log and keeps silent meanwhile; it lacks {Missing}")]
    public static partial void LogDamaged(ILogger logger, NodeId node, GroupId group, string missing);

    [LoggerMessage(42, LogLevel.Information, "Node {Node}, group {Group} has its whole log again and goes on")]
    public static partial void LogMended(ILogger logger, NodeId node, GroupId group);

    [LoggerMessage(43, LogLevel.Warning,
        "Node {Node}, group {Group} gave its damaged log up and asks to be admitted anew; it lacked {Missing}. Copies: {Copies}")]
    public static partial void LogGivenUp(ILogger logger, NodeId node, GroupId group, string missing, string copies);

    [LoggerMessage(44, LogLevel.Warning,
        "Node {Node} could not read its log and set it aside under names that end with .damaged; it asks to be admitted anew: {Reason}")]
    public static partial void LogSetAside(ILogger logger, NodeId node, string reason);

    [LoggerMessage(45, LogLevel.Error, "Node {Node} has no room for its log, takes no writes and tries again until there is: {Reason}")]
    public static partial void DiskFull(ILogger logger, NodeId node, string reason);

    [LoggerMessage(46, LogLevel.Information, "Node {Node} has room for its log again")]
    public static partial void DiskHasRoom(ILogger logger, NodeId node);

    [LoggerMessage(47, LogLevel.Error, "A checkpoint found no room and is put off: {Reason}")]
    public static partial void CheckpointPutOff(ILogger logger, string reason);

    [LoggerMessage(48, LogLevel.Warning,
        "Node {Node}, group {Group} could not open the files of its machine and set them aside under names that end with .damaged; "
        + "it gets its state anew: {Reason}")]
    public static partial void StateSetAside(ILogger logger, NodeId node, GroupId group, string reason);

    [LoggerMessage(50, LogLevel.Error,
        "Node {Node}, group {Group}: its state is not what the majority has as of entry {Position}, in the slice that begins {Slice}; it takes no "
        + "requests until it was rebuilt from another member's")]
    public static partial void StateDiverged(ILogger logger, NodeId node, GroupId group, LogPosition position, string slice);

    [LoggerMessage(51, LogLevel.Information, "Node {Node}, group {Group} was rebuilt from another member's state up to entry {Position}")]
    public static partial void StateRebuilt(ILogger logger, NodeId node, GroupId group, LogPosition position);

    [LoggerMessage(52, LogLevel.Error,
        "Node {Node}, group {Group}: the members' states differ as of entry {Position} and none is a majority's, so nothing is rebuilt: {Held}")]
    public static partial void StateDisputed(ILogger logger, NodeId node, GroupId group, LogPosition position, string held);

    [LoggerMessage(53, LogLevel.Error, "Node {Node}, group {Group} cannot read its state as of entry {Position}: {Damage}")]
    public static partial void StateDamaged(ILogger logger, NodeId node, GroupId group, LogPosition position, string damage);

    [LoggerMessage(20, LogLevel.Information, "Node {Node} sends to member {Peer} at {Address}")]
    public static partial void PeerConnected(ILogger logger, NodeId node, NodeId peer, EndPoint address);

    [LoggerMessage(21, LogLevel.Warning, "Node {Node} cannot send to member {Peer} at {Address}: {Reason}")]
    public static partial void PeerLost(ILogger logger, NodeId node, NodeId peer, EndPoint address, string reason);

    [LoggerMessage(22, LogLevel.Information, "Node {Node} hears member {Peer} from {Remote}")]
    public static partial void PeerAccepted(ILogger logger, NodeId node, NodeId peer, string remote);

    [LoggerMessage(23, LogLevel.Warning, "Node {Node} closed the connection from {Remote}: {Reason}")]
    public static partial void ConnectionRefused(ILogger logger, NodeId node, string remote, string reason);

    [LoggerMessage(24, LogLevel.Warning, "Node {Node} could not accept a connection: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, NodeId node, string reason);

    [LoggerMessage(25, LogLevel.Warning, "The certificates read earlier stay in use: {Reason}")]
    public static partial void CertificatesKept(ILogger logger, string reason);
}
