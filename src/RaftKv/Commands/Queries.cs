using RaftKv.Storage.Mvcc;
using RaftKv.Watch;

namespace RaftKv.Commands;

/// <summary>Translates between the façade's words and the store's.</summary>
internal static class Queries
{
    private static readonly byte[] NoEnd = [0];

    public static RangeQuery Range(KeyRange keys, long revision, int limit, bool keysOnly) => new()
    {
        Key = keys.Start,
        RangeEnd = End(keys),
        Revision = revision,
        Limit = limit,
        KeysOnly = keysOnly,
    };

    public static RangeQuery Count(KeyRange keys, long revision) =>
        new() { Key = keys.Start, RangeEnd = End(keys), Revision = revision, CountOnly = true };

    /// <summary>
    /// The end of a range as the store writes it: none for a single key, one zero byte for no end. A range whose end could be
    /// mistaken for either is empty, and ends where it starts.
    /// </summary>
    public static ReadOnlyMemory<byte> End(KeyRange keys)
    {
        if (keys.IsSingle)
            return default;
        if (keys.End is not { } end)
            return NoEnd;
        return end.IsEmpty || (end.Length == 1 && end.Span[0] == 0) ? keys.Start : end;
    }

    public static RangeResult Result(Storage.Mvcc.RangeResult found, long revision) =>
        new() { Revision = revision, Items = Pairs(found.Items), Count = found.Count, More = found.More };

    public static KeyValue[] Pairs(IReadOnlyList<Storage.Mvcc.KeyValue> found)
    {
        KeyValue[] pairs = new KeyValue[found.Count];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = Pair(found[i]);
        return pairs;
    }

    public static KeyValue Pair(Storage.Mvcc.KeyValue found) => new()
    {
        Key = found.Key,
        Value = found.Value,
        CreateRevision = found.CreateRevision,
        ModRevision = found.ModRevision,
        Version = found.Version,
    };

    public static WatchEvent Event(StoreChange change) => new()
    {
        Kind = change.Kind == ChangeKind.Put ? WatchEventKind.Put : WatchEventKind.Delete,
        Key = change.Current.Key,
        Revision = change.Revision,
        Current = change.Kind == ChangeKind.Put ? Pair(change.Current) : null,
        Previous = change.Previous is null ? null : Pair(change.Previous),
    };
}
