using RaftKv.Raft;
using RaftKv.Storage.Wal;

namespace RaftKv.Node.Persistence;

/// <summary>Entries as the log returns them, and as the protocol knows them.</summary>
internal static class StoredEntries
{
    public static Entry[] Of(List<WalEntry> stored)
    {
        Entry[] entries = new Entry[stored.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            LogPosition position = new(new Term(stored[i].Tag), new LogIndex(stored[i].Index));
            entries[i] = new Entry(position, (EntryKind)stored[i].Kind, stored[i].Payload);
        }
        return entries;
    }
}
