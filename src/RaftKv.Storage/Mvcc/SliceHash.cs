using System.Buffers.Binary;
using System.Security.Cryptography;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// SHA-256 over a slice of a store: first the newest versions in the order of their keys, then the history above the compacted revision in
/// the order of its revisions. Equal on stores with equal history, whatever their layout and however far each has got in removing what is
/// compacted.
/// </summary>
/// <remarks>
/// A place between two slices is empty at the beginning, else 1 byte that names the part (1 keys, 2 history), then the key, or revision and
/// order, big endian. Lengths and numbers are hashed little-endian, 8 bytes each.
/// </remarks>
internal sealed class SliceHash : IDisposable
{
    private const byte KeysPart = 1;
    private const byte HistoryPart = 2;

    // What an entry counts for beside its bytes.
    private const int EntryBytes = 64;

    // Most of what is hashed are numbers, and a call for each costs more than hashing it.
    private const int GatheredBytesMax = 4096;

    private readonly VersionReader _versions;
    private readonly long _bytesMax;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _gathered = GC.AllocateUninitializedArray<byte>(GatheredBytesMax);
    private int _gatheredBytes;
    private byte[] _key = [];
    private byte[] _value = [];
    private long _bytesLeft;

    public SliceHash(VersionReader versions, long bytesMax) => (_versions, _bytesMax) = (versions, bytesMax);

    /// <summary>Hashes from a place on.</summary>
    /// <param name="from">The place; empty or unknown: the beginning.</param>
    /// <param name="next">The place of the next slice; empty when this was the last one.</param>
    public byte[] Compute(ReadOnlySpan<byte> from, out byte[] next)
    {
        Append(_versions.Revision);
        Append(_versions.CompactedRevision);
        AppendBytes(from);
        _bytesLeft = Math.Max(1, _bytesMax);
        bool isHistory = from.Length == 1 + HistoryKey.SuffixBytes && from[0] == HistoryPart;
        ReadOnlySpan<byte> key = from.Length > 0 && from[0] == KeysPart ? from[1..] : default;
        byte[]? left = isHistory ? null : Keys(key);
        next = left ?? History(isHistory ? from[1..] : default) ?? [];
        AppendBytes(next);
        HashGathered();
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    // Null when there are no more keys.
    private byte[]? Keys(ReadOnlySpan<byte> from)
    {
        TreeCursor keys = new(_versions.Reader, _versions.Trees[MvccTree.Keys].Root);
        for (bool found = keys.SeekAtLeast(from); found; found = keys.MoveNext())
        {
            _versions.Reader.Pin();
            Scratch.Reserve(ref _key, keys.KeyLength);
            ReadOnlySpan<byte> key = _key.AsSpan(0, keys.CopyKey(_key));
            if (_bytesLeft <= 0)
                return [KeysPart, .. key];
            AppendBytes(key);
            AppendVersion(VersionRecord.Parse(keys.Value, keys.IsRun));
        }
        return null;
    }

    // Null when there is no more history. What is not above the compacted revision is removed by each member in its own time.
    private byte[]? History(ReadOnlySpan<byte> from)
    {
        TreeCursor revisions = new(_versions.Reader, _versions.Trees[MvccTree.Revisions].Root);
        TreeCursor history = new(_versions.Reader, _versions.Trees[MvccTree.History].Root);
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        HistoryKey.WriteSuffix(place, _versions.CompactedRevision + 1, 0);
        if (from.SequenceCompareTo(place) > 0)
            from.CopyTo(place);
        for (bool found = revisions.SeekAtLeast(place); found; found = revisions.MoveNext())
        {
            _versions.Reader.Pin();
            revisions.CopyKey(place);
            if (_bytesLeft <= 0)
                return [HistoryPart, .. place];
            (long revision, int order) = HistoryKey.ReadSuffix(place);
            Append(revision);
            Append(order);
            Append((long)RevisionEntry.Kind(revisions));
            ReadOnlySpan<byte> key = RevisionEntry.CopyKey(revisions, _versions.Reader.File, ref _key);
            AppendBytes(key);
            // The newest version is among the keys, and was hashed there.
            if (VersionReader.SeekHistory(history, key, revision, order, exact: true))
                AppendVersion(VersionRecord.Parse(history.Value, history.IsRun));
        }
        return null;
    }

    private void AppendVersion(in VersionRecord record)
    {
        Append(record.ModRevision);
        Append(record.Order);
        Append(record.CreateRevision);
        Append(record.Version);
        Append(record.Lease);
        if (!record.IsRun)
        {
            AppendBytes(record.Value);
            return;
        }
        int length = checked((int)record.ValueLength);
        Scratch.Reserve(ref _value, length);
        _versions.CopyValue(record, _value.AsSpan(0, length));
        AppendBytes(_value.AsSpan(0, length));
    }

    private void AppendBytes(ReadOnlySpan<byte> bytes)
    {
        Append(bytes.Length);
        _bytesLeft -= bytes.Length + EntryBytes / 2;
        if (bytes.Length > GatheredBytesMax - _gatheredBytes)
            HashGathered();
        if (bytes.Length > GatheredBytesMax)
        {
            _hash.AppendData(bytes);
            return;
        }
        bytes.CopyTo(_gathered.AsSpan(_gatheredBytes));
        _gatheredBytes += bytes.Length;
    }

    private void Append(long number)
    {
        if (_gatheredBytes > GatheredBytesMax - sizeof(long))
            HashGathered();
        BinaryPrimitives.WriteInt64LittleEndian(_gathered.AsSpan(_gatheredBytes), number);
        _gatheredBytes += sizeof(long);
    }

    private void HashGathered()
    {
        _hash.AppendData(_gathered, 0, _gatheredBytes);
        _gatheredBytes = 0;
    }
}
