using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Persistence;

/// <summary>
/// State from another member that is about to take the place of the machine's, noted in the log before the machine is touched: a start
/// sees from the machine's position whether that happened, and then ends it or forgets it.
/// </summary>
internal sealed record PendingInstall(LogPosition Position, Configuration Configuration)
{
    private const int FixedBytes = 16;

    public byte[] Encode()
    {
        byte[] configuration = ConfigurationCodec.Encode(Configuration);
        byte[] bytes = new byte[FixedBytes + configuration.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Position.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Position.Index.Value);
        configuration.CopyTo(bytes, FixedBytes);
        return bytes;
    }

    /// <summary>Takes a length and as many bytes off the front; null for the length 0.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out PendingInstall? pending)
    {
        pending = null;
        if (rest.Length < sizeof(int))
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (length == 0)
            return true;
        if (length < FixedBytes || length > rest.Length
            || !ConfigurationCodec.TryDecode(rest[FixedBytes..length], out Configuration configuration))
        {
            return false;
        }
        LogPosition position = new(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(rest)), new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(rest[8..])));
        pending = new PendingInstall(position, configuration);
        rest = rest[length..];
        return true;
    }
}
