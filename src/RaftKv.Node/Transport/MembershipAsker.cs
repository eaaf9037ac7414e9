using System.Net;
using System.Net.Sockets;
using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>Asks another member for a change of membership, on a connection of its own.</summary>
internal sealed class MembershipAsker(Connector connector)
{
    /// <summary>Asks; never throws for what the network or the other side does.</summary>
    /// <param name="member">Whom to ask; nobody for whoever is there.</param>
    /// <param name="address">Where.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="token">Ends the wait.</param>
    public async Task<MembershipReply> AskAsync(NodeId member, EndPoint address, MembershipRequest request, CancellationToken token)
    {
        bool wasSent = false;
        try
        {
            (Connection? connection, string reason) =
                await connector.ConnectAsync(member, address, ConnectionPurpose.Membership, token).ConfigureAwait(false);
            if (connection is null)
                return new MembershipReply(null, WasSent: false, reason);
            using Connection owned = connection;
            FrameBuffer frames = new(connection.Format);
            frames.Add(FrameKind.MembershipRequest, request.Encode());
            wasSent = true;
            await connection.SendAsync(frames.Written, token).ConfigureAwait(false);
            (FrameStatus status, FrameKind kind, byte[] body) = await FrameReader.ReadAsync(
                connection.Input, connection.Format, MembershipAnswer.BytesMax, token).ConfigureAwait(false);
            return (status, kind) switch
            {
                (FrameStatus.Done, FrameKind.MembershipAnswer) when MembershipAnswer.Decode(body) is { } answer =>
                    new MembershipReply(answer, WasSent: true, ""),
                (FrameStatus.Done, FrameKind.Refusal) =>
                    new MembershipReply(null, WasSent: false, "it refused us: " + Encoding.UTF8.GetString(body)),
                (FrameStatus.Done, _) => new MembershipReply(null, WasSent: true, FrameReader.Describe(FrameStatus.Malformed)),
                _ => new MembershipReply(null, WasSent: true, FrameReader.Describe(status)),
            };
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return new MembershipReply(null, wasSent, e is OperationCanceledException ? "it did not answer in time" : e.Message);
        }
    }
}
