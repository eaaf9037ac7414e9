namespace RaftKv.Testing.Checkers;

/// <summary>The pairs of a store, immutable, with value equality. Made for the few keys that calls touch together.</summary>
public sealed class StoreModelState : IEquatable<StoreModelState>
{
    private readonly KeyValuePair<string, string>[] _pairs;

    // Reckoned when it is first asked for: most states are never looked up.
    private int? _hash;

    private StoreModelState(KeyValuePair<string, string>[] pairs) => _pairs = pairs;

    /// <summary>No pairs.</summary>
    public static StoreModelState Empty { get; } = new([]);

    /// <summary>The pairs, ascending by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs;

    /// <summary>The value of a key, or null.</summary>
    public string? this[string key] => Find(key) is >= 0 and var at ? _pairs[at].Value : null;

    /// <summary>The state with another value for a key; null removes it.</summary>
    public StoreModelState With(string key, string? value)
    {
        int at = Find(key);
        if (at < 0)
            return value is null ? this : new StoreModelState([.. _pairs[..~at], KeyValuePair.Create(key, value), .. _pairs[~at..]]);
        if (value is null)
            return new StoreModelState([.. _pairs[..at], .. _pairs[(at + 1)..]]);
        KeyValuePair<string, string>[] changed = [.. _pairs];
        changed[at] = KeyValuePair.Create(key, value);
        return new StoreModelState(changed);
    }

    /// <inheritdoc/>
    public bool Equals(StoreModelState? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || other._pairs.Length != _pairs.Length)
            return false;
        for (int i = 0; i < _pairs.Length; i++)
        {
            if (_pairs[i].Key != other._pairs[i].Key || _pairs[i].Value != other._pairs[i].Value)
                return false;
        }
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StoreModelState);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash ??= Hash();

    private int Hash()
    {
        HashCode hash = default;
        foreach ((string key, string value) in _pairs)
        {
            hash.Add(key);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    private int Find(string key)
    {
        (int low, int high) = (0, _pairs.Length - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(_pairs[middle].Key, key);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }
}
