using System.Buffers.Binary;
using RaftKv.Raft;
using RaftKv.Storage.Disk;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>
/// The ledger's checkpoint: term and index of the last transfer it includes, then the balances. It is written under another name,
/// flushed, and renamed, so that a crash leaves either the old one or the new one.
/// </summary>
/// <param name="directory">Where it lies.</param>
/// <param name="forgetsFlush">
/// Leaves out the flush before the rename. Nothing shows that by day: but after a power cut the new name may stand for a file whose
/// content never reached the disk.
/// </param>
internal sealed class LedgerFile(IStorageDirectory directory, bool forgetsFlush)
{
    private const string Name = "ledger";
    private const string NewName = "ledger.new";

    /// <summary>Fills the balances; null when there is no checkpoint yet.</summary>
    public LogPosition? Load(Span<long> balances)
    {
        if (!directory.Exists(Name))
            return null;
        using IStorageFile file = directory.Open(Name);
        Span<byte> bytes = new byte[Length(balances.Length)];
        file.ReadExactly(0, bytes);
        for (int i = 0; i < balances.Length; i++)
            balances[i] = Number(bytes, i + 2);
        return new LogPosition(new Term(Number(bytes, 0)), new LogIndex(Number(bytes, 1)));
    }

    public void Save(LogPosition position, ReadOnlySpan<long> balances)
    {
        byte[] bytes = new byte[Length(balances.Length)];
        Put(bytes, 0, position.Term.Value);
        Put(bytes, 1, position.Index.Value);
        for (int i = 0; i < balances.Length; i++)
            Put(bytes, i + 2, balances[i]);
        if (directory.Exists(NewName))
            directory.Delete(NewName);
        using (IStorageFile file = directory.Create(NewName))
        {
            file.Write(0, bytes);
            if (!forgetsFlush)
                file.Flush();
        }
        directory.Rename(NewName, Name);
        directory.Flush();
    }

    private static int Length(int accounts) => sizeof(long) * (accounts + 2);

    private static long Number(ReadOnlySpan<byte> bytes, int place) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes[(place * sizeof(long))..]);

    private static void Put(Span<byte> bytes, int place, long number) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(place * sizeof(long))..], number);
}
