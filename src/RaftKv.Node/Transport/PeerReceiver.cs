using System.Buffers;
using System.IO.Pipelines;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>Reads the frames of one peer that has introduced itself, and hands on the messages of each arrival together.</summary>
internal sealed class PeerReceiver(TransportOptions options, NodeId peer, PipeReader reader, ITransportReceiver receiver)
{
    private readonly uint _clusterTag = Handshake.TagOf(options.ClusterId);
    private byte[] _joined = [];

    /// <summary>Runs until the connection ends: <see cref="FrameStatus.NeedMore"/> when the peer closed it, else what was wrong.</summary>
    public async Task<FrameStatus> RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await reader.ReadAsync(stopping).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            List<Message> messages = [];
            FrameStatus status = ReadFrames(ref buffer, messages);
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (messages.Count > 0)
                await receiver.ReceiveAsync(messages, stopping).ConfigureAwait(false);
            if (status != FrameStatus.NeedMore || read.IsCompleted)
                return status;
        }
    }

    // Reads all whole frames; ends with NeedMore, or with what was wrong.
    private FrameStatus ReadFrames(ref ReadOnlySequence<byte> buffer, List<Message> messages)
    {
        while (true)
        {
            FrameStatus status = Frame.TryRead(ref buffer, _clusterTag, options.BodyBytesMax, out FrameKind kind, out var body);
            if (status == FrameStatus.Done)
                status = Take(kind, body, messages);
            if (status != FrameStatus.Done)
                return status;
        }
    }

    private FrameStatus Take(FrameKind kind, in ReadOnlySequence<byte> body, List<Message> messages)
    {
        switch (kind)
        {
            case FrameKind.Message:
                if (MessageCodec.TryRead(Joined(body), out Message? message) != OperationStatus.Done
                    || message!.From != peer || message.To != options.Self)
                {
                    return FrameStatus.Malformed;
                }
                messages.Add(message);
                return FrameStatus.Done;
            case FrameKind.Progress:
                if (ProgressFrame.Decode(body) is not { } applied)
                    return FrameStatus.Malformed;
                receiver.PeerApplied(peer, default, applied);
                return FrameStatus.Done;
            case FrameKind.Members:
                if (MembersFrame.Decode(body) is not { } notice)
                    return FrameStatus.Malformed;
                receiver.MembersHeard(peer, notice);
                return FrameStatus.Done;
            default:
                return FrameStatus.Malformed;
        }
    }

    // The decoder copies what it keeps, so one array serves every frame that arrived in pieces.
    private ReadOnlySpan<byte> Joined(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
            return body.FirstSpan;
        int length = (int)body.Length;
        if (_joined.Length < length)
            _joined = new byte[Math.Max(length, 2 * _joined.Length)];
        body.CopyTo(_joined);
        return _joined.AsSpan(0, length);
    }
}
