using RaftKv.Raft;

namespace RaftKv.Testing.Network;

/// <summary>The bytes of one copy of a message on their way; used again once it has arrived or was lost.</summary>
internal sealed class Parcel
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public Parcel(Action<Parcel> arrive) => Arrive = () => arrive(this);

    public NodeId From { get; private set; }

    public NodeId To { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Made once, so that a message costs the queue of events nothing.</summary>
    public Action Arrive { get; }

    public void Fill(NodeId from, NodeId to, ReadOnlySpan<byte> bytes)
    {
        (From, To, _length) = (from, to, bytes.Length);
        if (_bytes.Length < _length)
            _bytes = new byte[_length * 2];
        bytes.CopyTo(_bytes);
    }
}
