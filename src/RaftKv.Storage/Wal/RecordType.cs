namespace RaftKv.Storage.Wal;

/// <summary>What a record says. The numbers are the format's.</summary>
internal enum RecordType : byte
{
    /// <summary>No record: the bytes after the end of the log.</summary>
    None = 0,

    /// <summary>An entry of a group. Replaces the entries of the group from its index on.</summary>
    Entry = 1,

    /// <summary>A group's state blob. Replaces the one before.</summary>
    State = 2,

    /// <summary>A group's entries up to the index are no longer needed.</summary>
    Release = 3,

    /// <summary>Segments before the sequence in the index are no longer needed.</summary>
    Oldest = 4,

    /// <summary>First of a segment. Index: oldest segment needed; tag: header checksum of the seal before.</summary>
    SegmentStart = 5,

    /// <summary>A group as it stands at the start of a segment. Index: released through; tag: last index; payload: state blob.</summary>
    GroupStart = 6,

    /// <summary>Last of a segment; the next one exists. Index: the next one's sequence.</summary>
    Seal = 7,

    /// <summary>Everything before is durable. Written when the log is closed.</summary>
    Mark = 8,

    /// <summary>An entry once more, in place of one that damage took; replaces that entry only.</summary>
    Repair = 9,
}

/// <summary>Flags of a record. The numbers are the format's.</summary>
[Flags]
internal enum RecordFlags : byte
{
    None = 0,

    /// <summary>The last record of a batch: with it the batch is whole.</summary>
    EndOfBatch = 1,

    /// <summary>The payload is one LZ4 block; the header has its length before compression.</summary>
    Compressed = 2,
}
