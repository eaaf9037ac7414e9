namespace RaftKv.Raft.Messages;

/// <summary>The body of an append request: previous position, commit index, then per entry its position, kind and payload.</summary>
internal static class AppendBody
{
    private const int FixedBytes = 3 * sizeof(long) + sizeof(int);
    private const int EntryBytesMin = 2 * sizeof(long) + sizeof(byte) + sizeof(int);

    public static int Measure(AppendRequest request)
    {
        int bytes = FixedBytes;
        foreach (Entry entry in request.Entries.Span)
            bytes = checked(bytes + EntryBytesMin + entry.Payload.Length);
        return bytes;
    }

    public static void Write(AppendRequest request, ref WireWriter writer)
    {
        writer.Position(request.Previous);
        writer.Number(request.Commit.Value);
        writer.Count(request.Entries.Length);
        foreach (Entry entry in request.Entries.Span)
        {
            writer.Position(entry.Position);
            writer.Byte((byte)entry.Kind);
            writer.Bytes(entry.Payload.Span);
        }
    }

    public static AppendRequest Read(MessageHeader header, ref WireReader reader)
    {
        LogPosition previous = reader.Position();
        LogIndex commit = new(reader.Number());
        Entry[] entries = new Entry[reader.Count(EntryBytesMin)];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = new Entry(reader.Position(), (EntryKind)reader.Byte(), reader.Bytes());
        return new AppendRequest
        {
            Header = header,
            Previous = previous,
            Commit = commit,
            Entries = entries,
        };
    }
}
