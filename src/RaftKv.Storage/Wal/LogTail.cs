namespace RaftKv.Storage.Wal;

/// <summary>
/// The end of the log: writes encoded records where the last write ended and flushes them. Used by one writer at a time.
/// </summary>
internal sealed class LogTail
{
    private static readonly byte[] Zeros = new byte[64 << 10];

    private long _dirtyEnd;

    public LogTail(RecoveredLog recovered)
    {
        Segment = recovered.Segments[^1];
        Position = recovered.End;
        Chain = recovered.Chain;
        IsStarted = recovered.IsStarted;
        SealChecksum = recovered.SealChecksum;
        _dirtyEnd = recovered.LeftoverEnd;
    }

    public Segment Segment { get; private set; }

    public long Position { get; private set; }

    public uint Chain { get; private set; }

    /// <summary>Whether the segment has its first records, which repeat the groups' states.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The header checksum of the seal of the segment before.</summary>
    public uint SealChecksum { get; private set; }

    /// <summary>Bytes of records that still fit, with room kept for the seal and the zero header after it.</summary>
    public long Room => Segment.Header.FileBytes - Position - (2 * RecordHeader.Bytes);

    /// <summary>
    /// Destroys what an unfinished write left behind, so that the records of a later write can never join with it.
    /// </summary>
    public void EraseLeftovers()
    {
        if (_dirtyEnd <= Position)
            return;
        long end = Math.Min(_dirtyEnd + RecordHeader.Bytes, Segment.Header.FileBytes);
        for (long offset = Position; offset < end; offset += Zeros.Length)
            Segment.File.Write(offset, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, end - offset)));
        Segment.File.Flush();
        _dirtyEnd = Position;
    }

    /// <summary>Fills in what only the tail knows: chain, place and checksum of each record, and where batches end.</summary>
    /// <param name="records">Encoded records of whole batches.</param>
    /// <param name="batchEnds">Offsets in <paramref name="records"/> after the last record of each batch, ascending.</param>
    /// <param name="pending">Counts the groups' records.</param>
    /// <param name="start">Where the records begin in their write.</param>
    /// <param name="chain">The chain before the records.</param>
    /// <returns>The chain after the records.</returns>
    public uint Stamp(Span<byte> records, List<int> batchEnds, PendingGroups pending, int start, uint chain)
    {
        int batch = 0;
        for (int offset = 0; offset < records.Length;)
        {
            Span<byte> record = records[offset..];
            RecordHeader header = RecordHeader.Read(record);
            int next = offset + header.Size;
            bool ends = next == batchEnds[batch];
            batch += ends ? 1 : 0;
            bool counts = header.Type is RecordType.Entry or RecordType.State or RecordType.Repair;
            (uint entries, uint states) = counts ? pending.Count(header.Type, header.Group) : (header.Entries, header.States);
            header = header with
            {
                Previous = chain,
                Back = start + offset,
                Entries = entries,
                States = states,
                Flags = ends ? header.Flags | RecordFlags.EndOfBatch : header.Flags & ~RecordFlags.EndOfBatch,
            };
            header.Write(record);
            chain = RecordHeader.Finish(record, Segment.Header.Seed, Position + start + offset);
            offset = next;
        }

        return chain;
    }

    /// <summary>Writes stamped records and makes them durable.</summary>
    /// <param name="recordsAndZeros">The records and a zero header after them, which the next write overwrites.</param>
    /// <param name="chain">What <see cref="Stamp"/> returned.</param>
    public void Commit(ReadOnlySpan<byte> recordsAndZeros, uint chain)
    {
        Write(0, recordsAndZeros);
        Commit(recordsAndZeros.Length - RecordHeader.Bytes, chain);
    }

    /// <summary>Writes part of what is to be durable together; see <see cref="Commit(int, uint)"/>.</summary>
    /// <param name="start">Where the part begins in the whole.</param>
    /// <param name="records">Stamped records; behind the last ones a zero header.</param>
    public void Write(int start, ReadOnlySpan<byte> records)
    {
        _dirtyEnd = Position + start + records.Length;
        Segment.File.Write(Position + start, records);
    }

    /// <summary>Makes what was written durable.</summary>
    /// <param name="length">Bytes of all its records.</param>
    /// <param name="chain">The chain after the last of them.</param>
    public void Commit(int length, uint chain)
    {
        if (!Mutation.Is(Mutant.LogFlushSkipped))
            Flush();
        Position += length;
        _dirtyEnd = Position;
        Chain = chain;
        IsStarted = true;
    }

    private void Flush()
    {
        try
        {
            Segment.File.Flush();
        }
        catch (StorageFailedException) when (Mutation.Is(Mutant.FlushFailureIgnored))
        {
            // The bug: what was not flushed is counted as durable.
        }
    }

    /// <summary>Ends this segment durably and goes on in the next one, which is prepared already.</summary>
    public void MoveTo(Segment next, PendingGroups pending)
    {
        EraseLeftovers();
        WalBatch seal = new();
        seal.Add(RecordType.Seal, 0, next.Header.Sequence, 0, 0, []);
        uint chain = Stamp(seal.EncodedWithTerminator[..seal.EncodedBytes], [seal.EncodedBytes], pending, 0, Chain);
        Commit(seal.EncodedWithTerminator, chain);
        SealChecksum = chain;
        Segment = next;
        Position = SegmentHeader.AreaBytes;
        Chain = next.Header.Seed;
        IsStarted = false;
        _dirtyEnd = Position;
    }
}
