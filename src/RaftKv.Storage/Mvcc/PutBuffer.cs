using System.Buffers.Binary;

namespace RaftKv.Storage.Mvcc;

/// <summary>
/// Puts of a batch that wait to be applied, which is done in the order of their keys: neighbours share pages, so that each page is looked
/// for, read and copied once. Owned by the writer.
/// </summary>
internal sealed class PutBuffer
{
    private const int PutBytesMax = 64 << 10;
    private const int BytesMax = 8 << 20;
    private const int BytesKept = 1 << 20;

    private readonly Comparison<Place> _order;
    private byte[] _bytes = new byte[4096];
    private PendingPut[] _puts = new PendingPut[16];
    private Place[] _places = [];
    private int _length;
    private int _shared;       // how many leading bytes all keys share
    private bool _ascends;     // whether the puts came in the order of their keys

    public PutBuffer() => _order = Compare;

    public int Count { get; private set; }

    public ref readonly PendingPut this[int index] => ref _puts[index];

    public ReadOnlySpan<byte> Key(in PendingPut put) => _bytes.AsSpan(put.Start, put.KeyLength);

    public ReadOnlySpan<byte> Value(in PendingPut put) => _bytes.AsSpan(put.Start + put.KeyLength, put.ValueLength);

    /// <summary>Whether a put is short enough to wait.</summary>
    public static bool MayWait(int keyLength, int valueLength) => (long)keyLength + valueLength <= PutBytesMax;

    /// <summary>Whether one more put may wait with those there are.</summary>
    public bool HasRoom(int keyLength, int valueLength)
        => MayWait(keyLength, valueLength) && _length + keyLength + valueLength <= BytesMax;

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease, long revision, int order)
    {
        int end = _length + key.Length + value.Length;
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        if (Count == _puts.Length)
            Array.Resize(ref _puts, 2 * Count);
        key.CopyTo(_bytes.AsSpan(_length));
        value.CopyTo(_bytes.AsSpan(_length + key.Length));
        if (Count == 0)
        {
            _shared = key.Length;
            _ascends = true;
        }
        else
        {
            ReadOnlySpan<byte> before = Key(_puts[Count - 1]);
            _ascends = _ascends && before.SequenceCompareTo(key) <= 0;
            _shared = Math.Min(_shared, before.CommonPrefixLength(key));
        }
        _puts[Count++] = new PendingPut(_length, key.Length, value.Length, lease, revision, order);
        _length = end;
    }

    /// <summary>The puts' indexes in the order of keys; those of one key as they came. Good until the next change.</summary>
    public ReadOnlySpan<Place> Sort()
    {
        if (_places.Length < Count)
            _places = new Place[_puts.Length];
        for (int i = 0; i < Count; i++)
            _places[i] = new Place(_ascends ? 0 : Head(Key(_puts[i])[_shared..]), i);
        Span<Place> places = _places.AsSpan(0, Count);
        if (!_ascends)
            places.Sort(_order);
        return places;
    }

    /// <summary>Forgets all puts, and memory that only a very large batch needs.</summary>
    public void Clear()
    {
        Count = 0;
        _length = 0;
        if (_bytes.Length > BytesKept)
            _bytes = new byte[BytesKept];
        if (_puts.Length * PendingPut.Bytes > BytesKept)
        {
            _puts = new PendingPut[16];
            _places = [];
        }
    }

    // Eight bytes tell most keys apart, so that the sort seldom goes to where the keys are.
    private static ulong Head(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(rest);
        ulong head = 0;
        for (int i = 0; i < rest.Length; i++)
            head |= (ulong)rest[i] << (56 - 8 * i);
        return head;
    }

    private int Compare(Place left, Place right)
    {
        if (left.Head != right.Head)
            return left.Head < right.Head ? -1 : 1;
        int order = Key(_puts[left.Index]).SequenceCompareTo(Key(_puts[right.Index]));
        return order != 0 ? order : left.Index - right.Index;
    }

    /// <summary>Where a put stands in the order of keys.</summary>
    /// <param name="Head">The bytes of its key behind those that all keys share, as a number that sorts like them.</param>
    /// <param name="Index">Its index.</param>
    public readonly record struct Place(ulong Head, int Index);
}
