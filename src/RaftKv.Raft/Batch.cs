namespace RaftKv.Raft;

/// <summary>A list whose array its reader sees, and which is filled anew once the reader is done with it.</summary>
internal struct Batch<T>
{
    private const int ItemsAtFirst = 2;

    private T[]? _items;

    public int Count { get; private set; }

    public readonly ReadOnlyMemory<T> Items => _items.AsMemory(0, Count);

    public readonly ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    public void Add(T item)
    {
        if (_items is null || Count == _items.Length)
            Array.Resize(ref _items, Math.Max(ItemsAtFirst, 2 * Count));
        // Through a span, which is asked once for the type of its array, and not for that of each item.
        _items.AsSpan()[Count++] = item;
    }

    /// <summary>Takes over everything another list holds.</summary>
    public void MoveFrom(ref Batch<T> other)
    {
        if (Count == 0)
        {
            (this, other) = (other, this);
            return;
        }
        foreach (T item in other.Span)
            Add(item);
        other.Clear();
    }

    public void Clear()
    {
        if (Count == 0)
            return;
        _items.AsSpan(0, Count).Clear();
        Count = 0;
    }
}
