using System.Buffers;
using System.Buffers.Binary;
using RaftKv.Raft.Messages;

namespace RaftKv.Node.Transport;

/// <summary>Frames ready to be sent, one after the other in one array that is reused. Not thread-safe.</summary>
internal sealed class FrameBuffer(WireFormat format = default) : IBufferWriter<byte>
{
    private const int KeptBytesMax = 1024 * 1024;
    private const int FirstBytes = 16 * 1024;

    private byte[] _bytes = new byte[FirstBytes];
    private byte[] _compressed = [];
    private int _frameStart;
    private int _written;

    /// <summary>Whether a frame was begun and not ended.</summary>
    public bool IsOpen { get; private set; }

    public WireFormat Format => format;

    public int Length => _written;

    /// <summary>Bytes of the messages that were added, as <see cref="BytesOf"/> counts.</summary>
    public long MessageBytes { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _written);

    /// <summary>Starts a frame; the body is then written through <see cref="IBufferWriter{T}"/>.</summary>
    public void Begin()
    {
        _frameStart = _written;
        Reserve(Frame.HeaderBytes);
        _written += Frame.HeaderBytes;
        IsOpen = true;
    }

    /// <summary>Ends a frame.</summary>
    public void End(FrameKind kind) => End(kind, format, int.MaxValue);

    /// <summary>
    /// Ends a frame in the form of a connection that was not known before. A long body is compressed where the connection has agreed on it
    /// and it saves enough.
    /// </summary>
    public void End(FrameKind kind, WireFormat agreed, int compressFromBytes)
    {
        IsOpen = false;
        int bodyStart = _frameStart + Frame.HeaderBytes;
        if (agreed.HasCompression && _written - bodyStart >= compressFromBytes && Compress(bodyStart))
            kind |= FrameCompression.Flag;
        Frame.Seal(_bytes.AsSpan(_frameStart, _written - _frameStart), kind, agreed);
    }

    /// <summary>Adds a message to the frame that was begun: its length in 4 bytes, then itself.</summary>
    public void AddMessage(Message message)
    {
        int start = _written;
        Reserve(sizeof(uint));
        _written += sizeof(uint);
        MessageCodec.Write(message, this);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(start), (uint)(_written - start - sizeof(uint)));
        MessageBytes += _written - start;
    }

    /// <summary>How many bytes a message takes here.</summary>
    public static int BytesOf(Message message) => sizeof(uint) + MessageCodec.Measure(message);

    public void Add(FrameKind kind, ReadOnlySpan<byte> body)
    {
        Begin();
        this.Write(body);
        End(kind);
    }

    public void Clear()
    {
        (_written, MessageBytes, IsOpen) = (0, 0, false);
        if (_bytes.Length > KeptBytesMax)
            _bytes = new byte[FirstBytes];
        if (_compressed.Length > KeptBytesMax)
            _compressed = [];
    }

    public void Advance(int count)
    {
        Invariant.Check(count >= 0 && count <= _bytes.Length - _written);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        return _bytes.AsSpan(_written);
    }

    private bool Compress(int bodyStart)
    {
        Span<byte> body = _bytes.AsSpan(bodyStart, _written - bodyStart);
        if (_compressed.Length < body.Length)
            _compressed = new byte[body.Length];
        int length = FrameCompression.Compress(body, _compressed);
        if (length == 0)
            return false;
        _compressed.AsSpan(0, length).CopyTo(body);
        _written = bodyStart + length;
        return true;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _written < count)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _written + count));
    }
}
