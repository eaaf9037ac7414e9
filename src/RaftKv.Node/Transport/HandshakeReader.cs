using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace RaftKv.Node.Transport;

/// <summary>Reads the two frames with which a connection begins.</summary>
internal static class HandshakeReader
{
    private const int RefusalBytesMax = 1024;

    /// <summary>Reads the answer to a hello; null when it is a welcome, else why not, in words.</summary>
    public static async ValueTask<string?> ReadAnswerAsync(PipeReader reader, uint clusterTag, CancellationToken token)
    {
        (FrameStatus status, FrameKind kind, byte[] body) = await ReadAsync(reader, clusterTag, token).ConfigureAwait(false);
        return (status, kind) switch
        {
            (FrameStatus.Done, FrameKind.Welcome) => null,
            (FrameStatus.Done, FrameKind.Refusal) => "it refused us: " + Encoding.UTF8.GetString(body),
            (FrameStatus.Done, _) => "it answered the introduction with something else",
            _ => Describe(status),
        };
    }

    /// <summary>Reads the hello of a side that connected; else says why it is none, in words.</summary>
    public static async ValueTask<(Handshake? Hello, string? Refused)> ReadHelloAsync(
        PipeReader reader, uint clusterTag, CancellationToken token)
    {
        (FrameStatus status, FrameKind kind, byte[] body) = await ReadAsync(reader, clusterTag, token).ConfigureAwait(false);
        if (status != FrameStatus.Done)
            return (null, Describe(status));
        if (kind != FrameKind.Hello)
            return (null, "it did not introduce itself");
        Handshake? hello = Handshake.Decode(new ReadOnlySequence<byte>(body));
        return hello is null ? (null, Describe(FrameStatus.Malformed)) : (hello, null);
    }

    /// <summary>What is wrong with a frame, in words for the log and for the other side.</summary>
    public static string Describe(FrameStatus status) => status switch
    {
        FrameStatus.NotAFrame => "it does not speak this protocol",
        FrameStatus.UnknownVersion => "it speaks another version of this protocol",
        FrameStatus.WrongCluster => "it belongs to another cluster",
        FrameStatus.TooLarge => "it announced a frame over the limit",
        FrameStatus.BadChecksum => "the checksum of a frame does not hold",
        FrameStatus.Malformed => "a frame is malformed",
        _ => "it closed the connection",
    };

    private static async ValueTask<(FrameStatus Status, FrameKind Kind, byte[] Body)> ReadAsync(
        PipeReader reader, uint clusterTag, CancellationToken token)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(token).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            FrameStatus status = Frame.TryRead(ref buffer, clusterTag, RefusalBytesMax, out FrameKind kind, out var body);
            byte[] bytes = status == FrameStatus.Done ? body.ToArray() : [];
            reader.AdvanceTo(buffer.Start, status == FrameStatus.NeedMore ? buffer.End : buffer.Start);
            if (status != FrameStatus.NeedMore || read.IsCompleted)
                return (status, kind, bytes);
        }
    }
}
