namespace RaftKv.Raft;

/// <summary>Objects that may be used again.</summary>
/// <param name="countMax">Objects beyond it are left to the collector.</param>
internal struct FreeList<T>(int countMax)
    where T : class
{
    private T[] _items = [];
    private int _count;

    public T? Take() => _count == 0 ? null : _items[--_count];

    public void Add(T item)
    {
        if (_count == countMax)
            return;
        if (_count == _items.Length)
            Array.Resize(ref _items, Math.Min(countMax, Math.Max(4, 2 * _count)));
        _items[_count++] = item;
    }
}
