using System.Buffers;
using System.Buffers.Binary;
using RaftKv.Node.Driver;
using RaftKv.Raft;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>Reads the frames of one peer that has introduced itself, and hands on the messages of each arrival together.</summary>
internal sealed class PeerReceiver(TcpTransportOptions options, NodeId peer, Connection connection, ITransportReceiver receiver)
{
    private const int KeptBytesMax = 1024 * 1024;

    private readonly List<(GroupId Group, LogIndex Applied)> _progress = [];
    private byte[] _joined = [];
    private byte[] _restored = [];

    /// <summary>Runs until the connection ends: <see cref="FrameStatus.NeedMore"/> when the peer closed it, else what was wrong.</summary>
    public async Task<FrameStatus> RunAsync(CancellationToken stopping)
    {
        using FrameDeadline deadline = new(options, connection);
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await connection.Input.ReadAsync(stopping).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            List<Message> messages = [];
            FrameStatus status = ReadFrames(ref buffer, messages);
            long taken = read.Buffer.Length - buffer.Length;
            if (taken > 0)
                receiver.Received(peer, taken);
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (_joined.Length > KeptBytesMax)
                _joined = [];
            if (_restored.Length > KeptBytesMax)
                _restored = [];
            if (taken > 0)
                deadline.Stop();
            if (messages.Count > 0)
                await receiver.ReceiveAsync(messages, stopping).ConfigureAwait(false);
            if (status != FrameStatus.NeedMore || read.IsCompleted)
                return status;
            deadline.Wait(partial: !buffer.IsEmpty);
        }
    }

    // Reads all whole frames; ends with NeedMore, or with what was wrong.
    private FrameStatus ReadFrames(ref ReadOnlySequence<byte> buffer, List<Message> messages)
    {
        while (true)
        {
            FrameStatus status =
                Frame.TryRead(ref buffer, connection.Format, options.BodyBytesMax, out FrameKind kind, out ReadOnlySequence<byte> body);
            if (status == FrameStatus.Done && !Take(kind, Joined(body), messages))
                status = FrameStatus.Malformed;
            if (status != FrameStatus.Done)
                return status;
        }
    }

    private bool Take(FrameKind kind, ReadOnlySpan<byte> body, List<Message> messages) => kind switch
    {
        FrameKind.Messages => TakeMessages(body, messages),
        FrameKind.Progress => TakeProgress(body),
        FrameKind.Messages | FrameCompression.Flag when connection.Format.HasCompression
            && FrameCompression.TryRestore(body, options.BodyBytesMax, ref _restored, out int length) =>
            TakeMessages(_restored.AsSpan(0, length), messages),
        FrameKind.Members => TakeMembers(body),
        FrameKind.Repair => TakeRepair(body),
        FrameKind.Attestation => TakeAttestation(body),
        FrameKind.Repair | FrameCompression.Flag when connection.Format.HasCompression
            && FrameCompression.TryRestore(body, options.BodyBytesMax, ref _restored, out int length) =>
            TakeRepair(_restored.AsSpan(0, length)),
        _ => false,
    };

    private bool TakeMessages(ReadOnlySpan<byte> body, List<Message> messages)
    {
        while (body.Length >= sizeof(uint))
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(body);
            body = body[sizeof(uint)..];
            if (length > body.Length
                || MessageCodec.TryRead(body[..(int)length], out Message? message) != OperationStatus.Done
                || message!.From != peer || message.To != options.Self)
            {
                return false;
            }
            messages.Add(message);
            body = body[(int)length..];
        }
        return body.IsEmpty;
    }

    private bool TakeProgress(ReadOnlySpan<byte> body)
    {
        if (!ProgressFrame.TryRead(body, _progress))
            return false;
        foreach ((GroupId group, LogIndex applied) in _progress)
            receiver.PeerApplied(peer, group, applied);
        return true;
    }

    private bool TakeMembers(ReadOnlySpan<byte> body)
    {
        if (MembersFrame.Decode(body) is not { } notice)
            return false;
        receiver.MembersHeard(peer, notice);
        return true;
    }

    private bool TakeRepair(ReadOnlySpan<byte> body)
    {
        if (RepairFrame.Decode(body) is not { } notice)
            return false;
        receiver.RepairHeard(peer, notice);
        return true;
    }

    private bool TakeAttestation(ReadOnlySpan<byte> body)
    {
        if (AttestationFrame.Decode(body) is not { } notice)
            return false;
        receiver.AttestationHeard(peer, notice);
        return true;
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
