using System.Buffers;
using System.IO.Pipelines;

namespace RaftKv.Node.Transport;

/// <summary>Reads single frames: those of the handshake, and those that are asked for one by one.</summary>
internal static class FrameReader
{
    /// <summary>Waits for one frame. <see cref="FrameStatus.NeedMore"/> means that the connection closed before it was whole.</summary>
    public static async ValueTask<(FrameStatus Status, FrameKind Kind, byte[] Body)> ReadAsync(
        PipeReader reader, WireFormat format, int bodyBytesMax, CancellationToken token)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(token).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            FrameStatus status = Frame.TryRead(ref buffer, format, bodyBytesMax, out FrameKind kind, out var body);
            byte[] bytes = status == FrameStatus.Done ? body.ToArray() : [];
            reader.AdvanceTo(buffer.Start, status == FrameStatus.NeedMore ? buffer.End : buffer.Start);
            if (status != FrameStatus.NeedMore || read.IsCompleted)
                return (status, kind, bytes);
        }
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
}
