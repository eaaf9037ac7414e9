using RaftKv.Storage.Disk;

namespace RaftKv.Samples.CustomStateMachine;

/// <summary>
/// The ledger's checkpoint, a <see cref="LedgerState"/>. It is written under another name, flushed, and renamed, so that a crash leaves
/// either the old one or the new one.
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

    /// <summary>The last checkpoint; null when there is none yet.</summary>
    public LedgerState? Load(int accounts)
    {
        if (!directory.Exists(Name))
            return null;
        using IStorageFile file = directory.Open(Name);
        Span<byte> bytes = new byte[LedgerState.Length(accounts)];
        file.ReadExactly(0, bytes);
        return LedgerState.Decode(bytes);
    }

    public void Save(LedgerState state)
    {
        if (directory.Exists(NewName))
            directory.Delete(NewName);
        using (IStorageFile file = directory.Create(NewName))
        {
            file.Write(0, state.Encode());
            if (!forgetsFlush)
                file.Flush();
        }
        directory.Rename(NewName, Name);
        directory.Flush();
    }
}
