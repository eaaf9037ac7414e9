using System.Buffers;
using System.Net;
using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>Reads the introduction of a side that connected, and judges it.</summary>
internal static class HelloReader
{
    /// <summary>Reads the hello; or says in words why it is none.</summary>
    public static async ValueTask<(Handshake? Hello, string? Refused)> ReadAsync(
        Connection connection, WireFormat handshake, CancellationToken token)
    {
        (FrameStatus status, FrameKind kind, byte[] body) =
            await FrameReader.ReadAsync(connection.Input, handshake, Handshake.BytesMax, token).ConfigureAwait(false);
        if (status != FrameStatus.Done)
            return (null, FrameReader.Describe(status));
        if (kind != FrameKind.Hello)
            return (null, "it did not introduce itself");
        Handshake? hello = Handshake.Decode(new ReadOnlySequence<byte>(body));
        return hello is null ? (null, FrameReader.Describe(FrameStatus.Malformed)) : (hello, null);
    }

    /// <summary>Where a node of this cluster that is no peer says it is reached; null for all others.</summary>
    public static EndPoint? KnocksFrom(Handshake hello, TcpTransportOptions options, Func<NodeId, bool> isPeer)
    {
        bool knocks = hello.Purpose != ConnectionPurpose.Membership && hello.ClusterId == options.ClusterId && hello.To == options.Self
            && hello.From != options.Self && !isPeer(hello.From);
        return knocks && MemberEndPoint.TryParse(hello.Address, out EndPoint? address) ? address : null;
    }

    /// <summary>What speaks against letting it in, in words; null when nothing does.</summary>
    public static string? Judge(Handshake hello, TcpTransportOptions options, Func<NodeId, bool> isPeer)
    {
        if (hello.ClusterId != options.ClusterId)
            return $"it belongs to cluster {hello.ClusterId}, this is {options.ClusterId}";
        if (hello.VersionMin > WireFormat.VersionMax || hello.VersionMax < WireFormat.VersionMin)
        {
            return $"it speaks versions {hello.VersionMin} to {hello.VersionMax} of this protocol, "
                + $"this member {WireFormat.VersionMin} to {WireFormat.VersionMax}";
        }
        if (!hello.Formats.Overlaps(options.Formats))
            return $"its build speaks log format {hello.Formats}, this member's {options.Formats}";
        bool asksForMembership = hello.Purpose == ConnectionPurpose.Membership;
        if (hello.To != options.Self && !(asksForMembership && hello.To == NodeId.None))
            return $"it looks for member {hello.To}, this is member {options.Self}";
        if (!isPeer(hello.From) && !(asksForMembership && hello.From != options.Self))
            return $"it says it is member {hello.From}, which is no other member here";
        return Enum.IsDefined(hello.Purpose) ? null : $"it connects for purpose {(int)hello.Purpose}, which is unknown here";
    }
}
