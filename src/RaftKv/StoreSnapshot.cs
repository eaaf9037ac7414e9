using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Storage.Mvcc;

namespace RaftKv;

/// <summary>The store as of one checkpoint, on its way to another member.</summary>
internal sealed class StoreSnapshot(StoreBackup backup) : IMachineSnapshot
{
    public LogPosition Position => new(new Term(backup.Position.Term), new LogIndex(backup.Position.Index));

    public long? Length => backup.Length;

    public int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, backup.Length - offset);
        backup.Read(offset, destination[..count]);
        return count;
    }

    public void Dispose() => backup.Dispose();
}
