using System.Buffers.Binary;
using RaftKv.Storage.Disk;

namespace RaftKv.Storage.Wal;

/// <summary>Entries and states of any groups that become durable together: after a crash all of them are there, or none.</summary>
/// <remarks>Used by one thread at a time; owned by the log during <see cref="WriteAheadLog.Append"/>. Reuse saves its memory.</remarks>
public sealed class WalBatch
{
    private const int KeptBytesMax = 4 << 20;

    private byte[] _buffer = new byte[1024];
    private byte[] _scratch = [];
    private int _payloadBytesMax;

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Bytes the batch takes in the log, headers included.</summary>
    public long Bytes => EncodedBytes;

    internal int EncodedBytes { get; private set; }

    internal int Count { get; private set; }

    /// <summary>Sets a group's state blob; the last one set is what <see cref="WriteAheadLog.State"/> returns.</summary>
    /// <param name="group">The group, not negative.</param>
    /// <param name="state">The blob, copied; kept in memory and copied into each new segment, so best under some kilobytes.</param>
    public void SetState(long group, ReadOnlySpan<byte> state) => Add(RecordType.State, group, 0, 0, 0, state);

    /// <summary>Adds an entry. At an index that exists it replaces that entry and all after it.</summary>
    /// <param name="group">The group, not negative.</param>
    /// <param name="index">Position in the group's log, from 1; at most one past the last, unless the group's log is empty.</param>
    /// <param name="tag">64 bits that <see cref="WriteAheadLog.Tag"/> answers from memory.</param>
    /// <param name="kind">A byte that is stored with the entry.</param>
    /// <param name="payload">The bytes, copied; at most 1 GiB.</param>
    public void AddEntry(long group, long index, long tag, byte kind, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        Add(RecordType.Entry, group, index, tag, kind, payload);
    }

    /// <summary>Puts back an entry that damage took. It replaces the entry at its index and leaves the ones after it alone.</summary>
    /// <param name="group">The group, not negative.</param>
    /// <param name="index">The position of an entry the group has, damaged or not.</param>
    /// <param name="tag">The tag it was added with.</param>
    /// <param name="kind">The byte it was added with.</param>
    /// <param name="payload">The bytes it was added with, copied.</param>
    public void AddRepair(long group, long index, long tag, byte kind, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        Add(RecordType.Repair, group, index, tag, kind, payload);
    }

    /// <summary>Empties the batch for reuse.</summary>
    public void Clear()
    {
        Count = 0;
        EncodedBytes = 0;
        _payloadBytesMax = 0;
        if (_buffer.Length > KeptBytesMax)
            _buffer = new byte[1024];
    }

    /// <summary>The encoded records followed by a zero header; checksums, chain and counters are still to be filled in.</summary>
    internal Span<byte> EncodedWithTerminator => _buffer.AsSpan(0, EncodedBytes + RecordHeader.Bytes);

    /// <summary>Compresses in place the entries from the threshold on that get an eighth shorter by it. Repeating it is cheap.</summary>
    internal void Compress(IBlockCodec codec, int thresholdBytes)
    {
        if (_payloadBytesMax < thresholdBytes)
            return;
        int from = 0;
        int to = 0;
        while (from < EncodedBytes)
        {
            RecordHeader header = RecordHeader.Read(_buffer.AsSpan(from));
            bool isCandidate = header.Type is RecordType.Entry or RecordType.Repair && (header.Flags & RecordFlags.Compressed) == 0
                && header.Length >= thresholdBytes;
            int size = header.Size;
            isCandidate = isCandidate && !LooksRandom(_buffer.AsSpan(from + RecordHeader.Bytes, header.Length));
            int compressed = isCandidate
                ? codec.Compress(_buffer.AsSpan(from + RecordHeader.Bytes, header.Length), Scratch(header.Length))
                : 0;
            if (compressed > 0)
                header = Replace(to, header, _scratch.AsSpan(0, compressed));
            else if (to < from)
                _buffer.AsSpan(from, size).CopyTo(_buffer.AsSpan(to));
            from += size;
            to += header.Size;
        }

        EncodedBytes = to;
        _payloadBytesMax = 0;
        _buffer.AsSpan(EncodedBytes, RecordHeader.Bytes).Clear();
    }

    /// <summary>Adds a group as it stands, for the start of a segment.</summary>
    internal void AddGroup(GroupLog group) =>
        Add(RecordType.GroupStart, group.Group, group.First - 1, group.Last, 0, group.State, group.Entries, group.States);

    internal void Add(
        RecordType type, long group, long index, long tag, byte kind, ReadOnlySpan<byte> payload, uint entries = 0, uint states = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(group);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, RecordHeader.PayloadBytesMax);
        int size = RecordHeader.SizeOf(payload.Length);
        Reserve(size);
        Span<byte> record = _buffer.AsSpan(EncodedBytes, size);
        Span<byte> stored = record[RecordHeader.Bytes..];
        payload.CopyTo(stored);
        stored[payload.Length..].Clear();
        RecordHeader header = new()
        {
            Type = type,
            Group = group,
            Index = index,
            Tag = tag,
            Kind = kind,
            Length = payload.Length,
            RawLength = payload.Length,
            PayloadChecksum = Crc32C.Compute(stored),
            Entries = entries,
            States = states,
        };
        header.Write(record);
        EncodedBytes += size;
        Count++;
        _payloadBytesMax = Math.Max(_payloadBytesMax, payload.Length);
        _buffer.AsSpan(EncodedBytes, RecordHeader.Bytes).Clear();
    }

    /// <summary>Whether a sample has all byte values about equally often, as encrypted and compressed bytes do.</summary>
    private static bool LooksRandom(ReadOnlySpan<byte> payload)
    {
        // Runs, because each byte by itself would fetch a line of the cache, and the sample nearly the whole payload.
        const int runs = 16;
        const int runBytes = 64;
        const int sampled = runs * runBytes;
        const int squaresOfRandom = sampled + (sampled * sampled / 256);
        if (payload.Length < sampled)
            return false;
        Span<ushort> counts = stackalloc ushort[256];
        counts.Clear();
        int step = payload.Length / runs;
        for (int run = 0; run < runs; run++)
        {
            foreach (byte value in payload.Slice(run * step, runBytes))
                counts[value]++;
        }

        int squares = 0;
        foreach (ushort count in counts)
            squares += count * count;
        return squares < squaresOfRandom * 5 / 4;
    }

    private Span<byte> Scratch(int length)
    {
        int useful = length - (length / 8);
        if (_scratch.Length < useful)
            _scratch = new byte[useful];
        return _scratch.AsSpan(0, useful);
    }

    private RecordHeader Replace(int offset, RecordHeader header, ReadOnlySpan<byte> compressed)
    {
        header = header with { Length = compressed.Length, Flags = header.Flags | RecordFlags.Compressed };
        Span<byte> stored = _buffer.AsSpan(offset + RecordHeader.Bytes, header.Size - RecordHeader.Bytes);
        compressed.CopyTo(stored);
        stored[compressed.Length..].Clear();
        header = header with { PayloadChecksum = Crc32C.Compute(stored) };
        header.Write(_buffer.AsSpan(offset));
        return header;
    }

    private void Reserve(int size)
    {
        long needed = (long)EncodedBytes + size + RecordHeader.Bytes;
        if (needed <= _buffer.Length)
            return;
        if (needed > Array.MaxLength)
            throw new ArgumentException($"A batch of {needed} bytes is too large.");
        Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
    }
}
