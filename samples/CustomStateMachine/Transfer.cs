using System.Buffers.Binary;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>The ledger's one command: move an amount from one account to another, if it is there.</summary>
/// <param name="From">The account that pays.</param>
/// <param name="To">The account that is paid.</param>
/// <param name="Amount">How much; at least 1.</param>
internal readonly record struct Transfer(int From, int To, int Amount)
{
    private const int Bytes = 12;

    public byte[] Encode()
    {
        byte[] bytes = new byte[Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, From);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), To);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Amount);
        return bytes;
    }

    /// <summary>Reads a command back; null when the bytes are none, which every member must then take the same way.</summary>
    public static Transfer? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
            return null;
        return new Transfer(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
    }
}
