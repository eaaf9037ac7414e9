using System.Buffers.Binary;
using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>etcd's HashKV: CRC-32C over "key" and the records of the history in order, as etcd would store them.</summary>
internal sealed class RevisionHash(VersionReader versions)
{
    private const int EtcdKeyBytesMax = 18;

    private readonly TreeCursor _revisions = new(versions.Reader, versions.Trees[MvccTree.Revisions].Root);
    private readonly TreeCursor _history = new(versions.Reader, versions.Trees[MvccTree.History].Root);
    private readonly byte[] _etcdKey = new byte[EtcdKeyBytesMax];
    private byte[] _key = [];
    private byte[] _etcdValue = new byte[4096];
    private uint _crc = uint.MaxValue;

    public RevisionStatus TryCompute(long revision, out uint hash)
    {
        hash = 0;
        long last = revision <= 0 ? versions.Revision : revision;
        RevisionStatus status = versions.StatusOf(last);
        if (status != RevisionStatus.Ok)
            return status;
        long compacted = versions.CompactedRevision;
        bool keepsAny = compacted > 0 && versions.Scan(new KeyInterval(default, new byte[1]), last).MoveNext();
        _crc = PageChecksum.Append(_crc, "key"u8);
        Span<byte> place = stackalloc byte[HistoryKey.SuffixBytes];
        for (bool found = _revisions.SeekFirst(); found; found = _revisions.MoveNext())
        {
            versions.Reader.Pin();
            _revisions.CopyKey(place);
            (long main, int order) = HistoryKey.ReadSuffix(place);
            if (main > last)
                break;
            bool isDeletion = RevisionEntry.Kind(_revisions) == ChangeKind.Delete;
            ReadOnlySpan<byte> key = RevisionEntry.CopyKey(_revisions, versions.Reader.File, ref _key);
            if (isDeletion && main == compacted)
                continue;
            // Where etcd keeps nothing it hashes what its sweep has left, so that is what counts here, swept or not.
            if (main <= compacted && (isDeletion || !IsNewestAt(key, main, order, keepsAny ? last : compacted)))
                continue;
            Append(key, main, order, isDeletion);
        }
        hash = ~_crc;
        return RevisionStatus.Ok;
    }

    private bool IsNewestAt(ReadOnlySpan<byte> key, long main, int order, long last)
    {
        if (versions.TryGetNewest(key, out VersionRecord newest) && newest.ModRevision <= last)
            return newest.ModRevision == main && newest.Order == order;
        if (!VersionReader.SeekHistory(_history, key, last, int.MaxValue, exact: false))
            return false;
        VersionRecord record = VersionRecord.Parse(_history.Value, _history.IsRun);
        return record.ModRevision == main && record.Order == order;
    }

    private void Append(ReadOnlySpan<byte> key, long main, int order, bool isDeletion)
    {
        BinaryPrimitives.WriteInt64BigEndian(_etcdKey, main);
        _etcdKey[8] = (byte)'_';
        BinaryPrimitives.WriteInt64BigEndian(_etcdKey.AsSpan(9), order);
        _etcdKey[17] = (byte)'t';
        _crc = PageChecksum.Append(_crc, _etcdKey.AsSpan(0, isDeletion ? 18 : 17));
        int length = 0;
        if (isDeletion)
            PutBytes(ref length, 1, key);
        else if (versions.TryGetNewest(key, out VersionRecord newest) && newest.ModRevision == main && newest.Order == order)
            PutVersion(ref length, key, newest);
        else if (VersionReader.SeekHistory(_history, key, main, order, exact: true))
            PutVersion(ref length, key, VersionRecord.Parse(_history.Value, _history.IsRun));
        else
            throw new InvariantViolationException("every revision has its version");
        _crc = PageChecksum.Append(_crc, _etcdValue.AsSpan(0, length));
    }

    private void PutVersion(ref int length, ReadOnlySpan<byte> key, in VersionRecord record)
    {
        PutBytes(ref length, 1, key);
        PutNumber(ref length, 2, record.CreateRevision);
        PutNumber(ref length, 3, record.ModRevision);
        PutNumber(ref length, 4, record.Version);
        int valueLength = checked((int)record.ValueLength);
        if (valueLength > 0)
        {
            Reserve(length + valueLength + 16);
            _etcdValue[length++] = 5 << 3 | 2;
            PutVarint(ref length, (ulong)valueLength);
            versions.CopyValue(record, _etcdValue.AsSpan(length, valueLength));
            length += valueLength;
        }
        PutNumber(ref length, 6, record.Lease);
    }

    private void PutBytes(ref int length, int field, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        Reserve(length + bytes.Length + 16);
        _etcdValue[length++] = (byte)(field << 3 | 2);
        PutVarint(ref length, (ulong)bytes.Length);
        bytes.CopyTo(_etcdValue.AsSpan(length));
        length += bytes.Length;
    }

    private void PutNumber(ref int length, int field, long number)
    {
        if (number == 0)
            return;
        Reserve(length + 16);
        _etcdValue[length++] = (byte)(field << 3);
        PutVarint(ref length, (ulong)number);
    }

    private void PutVarint(ref int length, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
            _etcdValue[length++] = (byte)(number | 0x80);
        _etcdValue[length++] = (byte)number;
    }

    private void Reserve(int bytes)
    {
        if (_etcdValue.Length < bytes)
            Array.Resize(ref _etcdValue, Math.Max(bytes, 2 * _etcdValue.Length));
    }
}
