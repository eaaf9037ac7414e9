using System.Text;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>
/// Answers those who ask for a change of membership: members for any, and a node that is none for its own addition. One question to a
/// connection.
/// </summary>
internal sealed class MembershipServer(TcpTransportOptions options)
{
    // Each waits for as long as a request may; more of them than this come from somebody who does not wait for answers.
    private const int AtOnceMax = 16;

    private int _atOnce;

    /// <summary>Serves one connection; returns why it was closed, in words, empty when it ended well.</summary>
    /// <param name="connection">The connection, after the handshake.</param>
    /// <param name="from">Who asks.</param>
    /// <param name="isPeer">Whether that is a member.</param>
    /// <param name="stopping">Cancelled when the transport stops.</param>
    public async Task<string> ServeAsync(Connection connection, NodeId from, bool isPeer, CancellationToken stopping)
    {
        try
        {
            if (Interlocked.Increment(ref _atOnce) > AtOnceMax)
                return await RefuseAsync(connection, "too many ask for changes of membership at a time", stopping).ConfigureAwait(false);
            return await AnswerAsync(connection, from, isPeer, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return "it asked nothing in time";
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    private async Task<string> AnswerAsync(Connection connection, NodeId from, bool isPeer, CancellationToken stopping)
    {
        (FrameStatus status, FrameKind kind, byte[] body) = await ReadAsync(connection, stopping).ConfigureAwait(false);
        if (status != FrameStatus.Done)
            return FrameReader.Describe(status);
        if (kind != FrameKind.MembershipRequest || MembershipRequest.Decode(body) is not { } request)
            return FrameReader.Describe(FrameStatus.Malformed);
        if (!isPeer && !request.Change.IsAdditionOf(from))
            return await RefuseAsync(connection, "it is no member and may ask for its own addition only", stopping).ConfigureAwait(false);
        if (options.Membership is not { } desk)
            return await RefuseAsync(connection, "no group is carried here", stopping).ConfigureAwait(false);
        NodeLog.ChangeAsked(options.Logger, options.Self, request.Group, from, request.Change.ToString());
        MembershipAnswer answer = await desk.ChangeAsync(request).WaitAsync(stopping).ConfigureAwait(false);
        FrameBuffer frames = new(connection.Format);
        frames.Add(FrameKind.MembershipAnswer, answer.Encode());
        await connection.SendAsync(frames.Written, stopping).ConfigureAwait(false);
        return "";
    }

    private async Task<(FrameStatus Status, FrameKind Kind, byte[] Body)> ReadAsync(Connection connection, CancellationToken stopping)
    {
        using CancellationTokenSource patience = new(options.HandshakeTimeout, options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        return await FrameReader.ReadAsync(connection.Input, connection.Format, MembershipRequest.BytesMax, either.Token)
            .ConfigureAwait(false);
    }

    private static async Task<string> RefuseAsync(Connection connection, string reason, CancellationToken stopping)
    {
        FrameBuffer refusal = new(connection.Format);
        refusal.Add(FrameKind.Refusal, Encoding.UTF8.GetBytes(reason));
        await connection.SendAsync(refusal.Written, stopping).ConfigureAwait(false);
        return reason;
    }
}
