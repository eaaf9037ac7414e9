using System.Buffers;
using System.Diagnostics;

namespace RaftKv.Raft.Messages;

/// <summary>Messages as bytes. One message fills its frame exactly; length and checksum are the frame's, not the message's.</summary>
/// <remarks>
/// Little endian throughout. Header of 42 bytes: version, kind, then group, sender, addressee, term, incarnation as 64-bit numbers.
/// The body follows, fixed for each kind; counts and lengths have 32 bits. Reading copies each payload once, into memory that the
/// message owns, and never throws.
/// </remarks>
public static class MessageCodec
{
    /// <summary>The format version written; the only one that is read.</summary>
    public const byte Version = 1;

    private const int HeaderBytes = 2 + 5 * sizeof(long);

    /// <summary>The exact number of bytes that <see cref="Write"/> writes.</summary>
    /// <exception cref="InvalidOperationException">The message's Ready was handed back.</exception>
    public static int Measure(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        message.ThrowIfHandedBack();
        return checked(HeaderBytes + MessageBody.Measure(message));
    }

    /// <summary>Writes one message.</summary>
    /// <exception cref="InvalidOperationException">The message's Ready was handed back; nothing was written.</exception>
    public static void Write(Message message, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(destination);
        int length = Measure(message);
        WireWriter writer = new(destination.GetSpan(length));
        writer.Byte(Version);
        writer.Byte((byte)message.Kind);
        writer.Number(message.Group.Value);
        writer.Number(message.From.Value);
        writer.Number(message.To.Value);
        writer.Number(message.Term.Value);
        writer.Number(message.Incarnation);
        MessageBody.Write(message, ref writer);
        if (writer.Written != length)
            throw new UnreachableException("A message was measured wrongly.");
        destination.Advance(length);
    }

    /// <summary>Reads one message that fills the bytes exactly.</summary>
    /// <param name="source">The bytes; they may be reused afterwards.</param>
    /// <param name="message">The message, or null.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> when not even the header is there;
    /// <see cref="OperationStatus.InvalidData"/> for anything else that is not a well-formed message of this version.
    /// </returns>
    public static OperationStatus TryRead(ReadOnlySpan<byte> source, out Message? message)
    {
        message = null;
        if (source.Length > 0 && source[0] != Version)
            return OperationStatus.InvalidData;
        if (source.Length < HeaderBytes)
            return OperationStatus.NeedMoreData;
        WireReader reader = new(source[1..]);
        MessageKind kind = (MessageKind)reader.Byte();
        MessageHeader header = new(
            new GroupId(reader.Number()),
            new NodeId(reader.Number()),
            new NodeId(reader.Number()),
            new Term(reader.Number()),
            reader.Number());
        Message? read = MessageBody.Read(kind, header, ref reader);
        if (reader.Failed || read is null || !reader.IsAtEnd || !MessageRules.IsWellFormed(read))
            return OperationStatus.InvalidData;
        message = read;
        return OperationStatus.Done;
    }
}
