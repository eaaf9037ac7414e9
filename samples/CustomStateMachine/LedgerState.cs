using System.Buffers.Binary;
using RaftKv.Raft;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>The whole ledger at one moment, as it lies in the checkpoint file and travels: term and index, then the balances.</summary>
internal sealed class LedgerState(LogPosition position, long[] balances)
{
    public LogPosition Position => position;

    public long[] Balances => balances;

    public static int Length(int accounts) => sizeof(long) * (accounts + 2);

    public byte[] Encode()
    {
        byte[] bytes = new byte[Length(balances.Length)];
        Put(bytes, 0, position.Term.Value);
        Put(bytes, 1, position.Index.Value);
        for (int i = 0; i < balances.Length; i++)
            Put(bytes, i + 2, balances[i]);
        return bytes;
    }

    public static LedgerState Decode(ReadOnlySpan<byte> bytes)
    {
        long[] balances = new long[bytes.Length / sizeof(long) - 2];
        for (int i = 0; i < balances.Length; i++)
            balances[i] = Number(bytes, i + 2);
        return new LedgerState(new LogPosition(new Term(Number(bytes, 0)), new LogIndex(Number(bytes, 1))), balances);
    }

    private static long Number(ReadOnlySpan<byte> bytes, int place) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes[(place * sizeof(long))..]);

    private static void Put(Span<byte> bytes, int place, long number) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(place * sizeof(long))..], number);
}
