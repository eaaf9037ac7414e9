using RaftKv.Storage.Pages;
using RaftKv.Storage.Trees;

namespace RaftKv.Storage.Mvcc;

/// <summary>The versions a range had at one revision, in key order.</summary>
/// <remarks>
/// At the newest revision this is a walk of the keys tree. At an older one the keys and the history are walked side by side: a key whose
/// newest version is too new, or that is gone, is looked up in history.
/// </remarks>
internal sealed class VersionScan
{
    private readonly PageReader _reader;
    private readonly KeyInterval _interval;
    private readonly long _revision;
    private readonly TreeCursor _keys;
    private readonly TreeCursor? _history;
    private readonly TreeCursor? _floor;
    private byte[] _candidate = new byte[64];
    private byte[] _historyKey = [];
    private byte[] _record = [];
    private int _recordLength;
    private bool _recordIsRun;
    private bool _onKeys;
    private bool _started;
    private bool _advanceKeys;
    private int _keyLength;

    public VersionScan(PageReader reader, TreeRoot[] trees, KeyInterval interval, long revision, long newest)
    {
        _reader = reader;
        _interval = interval;
        _revision = revision;
        _keys = new TreeCursor(reader, trees[MvccTree.Keys].Root);
        if (revision >= newest)
            return;
        _history = new TreeCursor(reader, trees[MvccTree.History].Root);
        _floor = new TreeCursor(reader, trees[MvccTree.History].Root);
    }

    /// <summary>The key of the present version.</summary>
    public ReadOnlySpan<byte> Key => _candidate.AsSpan(0, _keyLength);

    /// <summary>The present version; valid until the scan moves or another operation begins.</summary>
    public VersionRecord Record => _onKeys
        ? VersionRecord.Parse(_keys.Value, _keys.IsRun)
        : VersionRecord.Parse(_record.AsSpan(0, _recordLength), _recordIsRun);

    public bool MoveNext() => _history is null ? MoveNewest() : MoveOlder(_history);

    /// <summary>Counts the versions not yet seen, one by one.</summary>
    public long CountRest()
    {
        long count = 0;
        while (MoveNext())
            count++;
        return count;
    }

    private bool MoveNewest()
    {
        bool found = _started ? _keys.MoveNext() : _keys.SeekAtLeast(_interval.Start.Span);
        _started = true;
        if (!found)
            return false;
        _onKeys = true;
        _keyLength = Copy(_keys, ref _candidate);
        return _interval.EndsAfter(Key);
    }

    private bool MoveOlder(TreeCursor history)
    {
        if (!_started)
            Start(history);
        _started = true;
        while (TakeCandidate(history, out bool inKeys))
        {
            _reader.Pin();
            if (inKeys && TakeFromKeys())
                return true;
            if (TakeFromHistory())
                return true;
        }
        return false;
    }

    private void Start(TreeCursor history)
    {
        _keys.SeekAtLeast(_interval.Start.Span);
        int length = WriteGrouped(_interval.Start.Span);
        history.SeekAtLeast(_historyKey.AsSpan(0, length));
    }

    // The smallest key either cursor stands on; the history moves past all of its versions, the keys past it at once after use.
    private bool TakeCandidate(TreeCursor history, out bool inKeys)
    {
        inKeys = _keys.IsValid;
        if (_started && _advanceKeys)
        {
            _advanceKeys = false;
            inKeys = _keys.MoveNext();
        }
        if (inKeys)
            _keyLength = Copy(_keys, ref _candidate);
        if (history.IsValid)
        {
            int length = Copy(history, ref _historyKey);
            Span<byte> old = stackalloc byte[length];
            old = old[..HistoryKey.ReadKey(_historyKey.AsSpan(0, length), old)];
            int order = inKeys ? old.SequenceCompareTo(Key) : -1;
            if (order < 0)
            {
                Scratch.Reserve(ref _candidate, old.Length);
                old.CopyTo(_candidate);
                _keyLength = old.Length;
                inKeys = false;
            }
            if (order <= 0)
                history.SeekAtLeast(AfterGroup());
        }
        else if (!inKeys)
        {
            return false;
        }
        _advanceKeys = inKeys;
        return _interval.EndsAfter(Key);
    }

    private ReadOnlySpan<byte> AfterGroup()
    {
        int length = WriteGrouped(Key);
        HistoryKey.WriteSuffix(_historyKey.AsSpan(length), long.MaxValue, int.MaxValue);
        return _historyKey.AsSpan(0, length + HistoryKey.SuffixBytes);
    }

    private bool TakeFromKeys()
    {
        VersionRecord record = VersionRecord.Parse(_keys.Value, _keys.IsRun);
        if (record.ModRevision > _revision)
            return false;
        CopyRecord(_keys);
        return true;
    }

    private bool TakeFromHistory()
    {
        int grouped = WriteGrouped(Key);
        HistoryKey.WriteSuffix(_historyKey.AsSpan(grouped), _revision, int.MaxValue);
        Span<byte> wanted = _historyKey.AsSpan(0, grouped + HistoryKey.SuffixBytes);
        if (!_floor!.SeekAtMost(wanted) || _floor.KeyLength != wanted.Length)
            return false;
        Span<byte> found = stackalloc byte[wanted.Length];
        _floor.CopyKey(found);
        if (!found[..grouped].SequenceEqual(wanted[..grouped]))
            return false;
        if (VersionRecord.Parse(_floor.Value, _floor.IsRun).IsDeletion)
            return false;
        CopyRecord(_floor);
        return true;
    }

    // Leaves room for the suffix behind it.
    private int WriteGrouped(ReadOnlySpan<byte> key)
    {
        Scratch.Reserve(ref _historyKey, HistoryKey.Length(key.Length));
        return HistoryKey.WriteGrouped(_historyKey, key);
    }

    private static int Copy(TreeCursor cursor, ref byte[] buffer)
    {
        Scratch.Reserve(ref buffer, cursor.KeyLength);
        return cursor.CopyKey(buffer);
    }

    private void CopyRecord(TreeCursor from)
    {
        ReadOnlySpan<byte> record = from.Value;
        record.CopyTo(Scratch.Reserve(ref _record, record.Length));
        _recordLength = record.Length;
        _recordIsRun = from.IsRun;
        _onKeys = false;
    }
}
